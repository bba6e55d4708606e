"""What the visits of a treatment say: gain against its target, missed visits, which exit could be proposed.

Advice for the person who decides; nothing here ends a treatment. Sources: recovery: WHO guideline 2023 (two visits in
a row with WHZ >= -2, MUAC >= 125 mm, no oedema). Gain, absences and length of stay: usual figures of community-based
management of acute malnutrition (Valid International, CMAM field manual, 2006, and national protocols after it, which
differ: a programme's own protocol goes first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from children.growth.change.recovery import VISITS_IN_A_ROW, meets_recovery

GRAMS_PER_KG = 1000
VISIT_EVERY_DAYS = {"sam": 7, "mam": 14}
MISSED_VISITS_OF_DEFAULT = {"sam": 3, "mam": 2}
TARGET_GAIN_G_KG_DAY = {"sam": 4.0, "mam": 3.0}
LONGEST_STAY_DAYS = 120  # four months, then non-response
KEPT_WITHIN_DAYS = 3  # a visit up to three days late is not missed, by judgement


@dataclass(frozen=True)
class TreatmentVisit:
    """What counts of one day on which the child was measured by hand; None where it was not taken or is flagged."""

    day: date
    weight_kg: float | None
    whz: float | None
    muac_mm: float | None
    oedema: bool | None

    @property
    def is_free(self) -> bool:
        """True when the visit meets every rule of recovery."""
        return meets_recovery(whz=self.whz, muac_mm=self.muac_mm, oedema=self.oedema)


@dataclass(frozen=True)
class Gain:
    """Weight gained since the lowest weight of the treatment, in g per kg of that weight and day."""

    lowest_kg: float
    lowest_on: date
    days: int
    gain_g_kg_day: float
    expected_kg: float
    target_g_kg_day: float

    @property
    def on_target(self) -> bool:
        """True when the child gains at least as expected."""
        return self.gain_g_kg_day >= self.target_g_kg_day


@dataclass(frozen=True)
class Progress:
    """Where a treatment stands on a day. `proposed` is an exit to decide about, or "" for none."""

    next_visit_on: date
    missed_visits: int
    days_in_treatment: int
    free_visits: int
    gain: Gain | None
    proposed: str


def gain_of(visits: Sequence[TreatmentVisit], *, kind: str) -> Gain | None:
    """Return the gain since the lowest weight, or None before there is a later one.

    visits: oldest first. Weights with oedema are left out: fluid is lost, not gained.
    """
    weighed = [(visit.day, visit.weight_kg) for visit in visits if visit.weight_kg and not visit.oedema]
    if not weighed:
        return None
    lowest_on, lowest_kg = min(weighed, key=lambda pair: (pair[1], -pair[0].toordinal()))
    last_on, last_kg = weighed[-1]
    days = (last_on - lowest_on).days
    if days <= 0:
        return None
    target = TARGET_GAIN_G_KG_DAY[kind]
    return Gain(
        lowest_kg=lowest_kg,
        lowest_on=lowest_on,
        days=days,
        gain_g_kg_day=(last_kg - lowest_kg) * GRAMS_PER_KG / (lowest_kg * days),
        expected_kg=expected_weight_kg(lowest_kg, days=days, kind=kind),
        target_g_kg_day=target,
    )


def expected_weight_kg(lowest_kg: float, *, days: int, kind: str) -> float:
    """Return the weight on the catch-up line, `days` after the lowest weight."""
    return lowest_kg * (1 + TARGET_GAIN_G_KG_DAY[kind] * days / GRAMS_PER_KG)


def progress_of(visits: Sequence[TreatmentVisit], *, kind: str, admitted_on: date, today: date) -> Progress:
    """Return where a treatment stands; `visits` oldest first, one a day, from the admission on."""
    last = visits[-1].day if visits else admitted_on
    every = VISIT_EVERY_DAYS[kind]
    missed = max(0, ((today - last).days - KEPT_WITHIN_DAYS) // every)
    free = 0
    for visit in reversed(visits):
        if not visit.is_free:
            break
        free += 1
    stay = (today - admitted_on).days
    return Progress(
        next_visit_on=last + timedelta(days=every),
        missed_visits=missed,
        days_in_treatment=stay,
        free_visits=free,
        gain=gain_of(visits, kind=kind),
        proposed=_proposed(free=free, missed=missed, stay=stay, kind=kind),
    )


def _proposed(*, free: int, missed: int, stay: int, kind: str) -> str:
    if free >= VISITS_IN_A_ROW:
        return "recovered"
    if missed >= MISSED_VISITS_OF_DEFAULT[kind]:
        return "defaulted"
    return "non_response" if stay > LONGEST_STAY_DAYS else ""
