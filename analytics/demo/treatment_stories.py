"""The stories of treatment: a clinic sees children in it every week, and a cohort of those who have left it."""

from __future__ import annotations

from decimal import Decimal

from analytics.demo.story import Attempt, Story, Treatment, Turn
from care.models import Tracing, TracingAttempt, TreatmentEpisode

WEEKLY = (7, 7)
Exit, Way, NotReached = TreatmentEpisode.Exit, TracingAttempt.Way, TracingAttempt.NotReached


def _turns(*readings: tuple[float, int]) -> tuple[Turn, ...]:
    """Return one turn for each WHZ and MUAC, mm."""
    return tuple(Turn(whz=whz, muac_mm=Decimal(muac_mm)) for whz, muac_mm in readings)


RECOVERY = _turns((-3.4, 112), (-3.0, 115), (-2.7, 118), (-2.4, 121), (-2.1, 124), (-1.8, 127), (-1.5, 129))

TREATMENT_STORIES: tuple[Story, ...] = (
    Story(
        name="recovered from SAM",
        children=2,
        age_days=(400, 1000),
        visits=(8, 8),
        interval_days=WEEKLY,
        whz=(-1.8, 0.1),
        turns=RECOVERY,
        treatment=Treatment(visits=7, exit=Exit.RECOVERED),
    ),
    Story(
        name="recovered from SAM earlier",
        children=2,
        age_days=(400, 1000),
        last_seen_days=(35, 58),
        visits=(8, 8),
        interval_days=WEEKLY,
        whz=(-1.8, 0.1),
        turns=RECOVERY,
        treatment=Treatment(visits=7, exit=Exit.RECOVERED),
    ),
    Story(
        name="in SAM treatment",
        age_days=(400, 800),
        last_seen_days=(2, 5),
        visits=(7, 7),
        interval_days=WEEKLY,
        whz=(-1.9, 0.1),
        turns=_turns((-3.6, 109), (-3.3, 111), (-3.0, 113), (-2.7, 116), (-2.4, 119)),
        treatment=Treatment(visits=5),
    ),
    Story(
        name="in SAM treatment, gains too little",
        age_days=(300, 700),
        last_seen_days=(3, 6),
        visits=(6, 6),
        interval_days=WEEKLY,
        whz=(-1.9, 0.1),
        turns=_turns((-3.5, 112), (-3.5, 112), (-3.4, 113), (-3.4, 113)),
        treatment=Treatment(visits=4),
    ),
    Story(
        name="absent from treatment, looked for",
        age_days=(350, 700),
        last_seen_days=(24, 26),
        visits=(5, 5),
        interval_days=WEEKLY,
        whz=(-1.8, 0.1),
        turns=_turns((-3.5, 110), (-3.3, 112), (-3.1, 113)),
        treatment=Treatment(
            visits=3,
            attempts=(
                Attempt(after_days=10, way=Way.PHONE, reason_not_reached=NotReached.NO_ANSWER),
                Attempt(after_days=15, way=Way.VISIT, reason_not_reached=NotReached.NOBODY_HOME),
                Attempt(after_days=21, way=Way.COMMUNITY, note="At the harvest; the grandmother will bring the child."),
            ),
        ),
    ),
    Story(
        name="defaulted from treatment",
        age_days=(350, 700),
        last_seen_days=(50, 56),
        visits=(5, 5),
        interval_days=WEEKLY,
        whz=(-1.8, 0.1),
        turns=_turns((-3.4, 113), (-3.2, 114), (-2.9, 116)),
        treatment=Treatment(
            visits=3,
            attempts=(
                Attempt(after_days=9, way=Way.PHONE, reason_not_reached=NotReached.WRONG_NUMBER),
                Attempt(after_days=16, way=Way.VISIT, note="The family finds the way to the clinic too long."),
            ),
            outcome=Tracing.Outcome.REFUSED,
            exit=Exit.DEFAULTED,
            exit_after_days=22,
            exit_note="Three visits missed; the family does not want to come.",
        ),
    ),
    Story(
        name="transferred from treatment",
        age_days=(300, 600),
        last_seen_days=(38, 48),
        visits=(4, 4),
        interval_days=WEEKLY,
        whz=(-1.9, 0.1),
        turns=_turns((-3.8, 108), (-3.9, 107)),
        treatment=Treatment(
            visits=2,
            exit=Exit.TRANSFERRED,
            exit_note="No appetite: to the stabilisation centre of the district hospital.",
        ),
    ),
)
