"""What two weighings mean, in sentences: the verdict, the error of weighing, crossed lines, WHO's velocity.

The arithmetic is `children.growth`'s; the alerts that follow are `care`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from children.growth import GrowthSettings, Sex
from children.growth.age import months
from children.growth.change.newborn_gain import NewbornGains, newborn_gains
from children.growth.change.velocity import GRAMS_PER_KG, Velocity
from children.growth.change.weight_change import Weighing, WeightChange, WeightVerdict, weight_changes
from children.models import Child, Measurement
from children.numbers import printed_number

VELOCITY_BELOW_MONTHS = 24.0  # WHO's weight increments end here

# The colour of a verdict; its word stands beside it.
_LEVELS = {
    WeightVerdict.LOST: "moderate",
    WeightVerdict.FALTERING: "moderate",
    WeightVerdict.NO_GAIN: "moderate",
    WeightVerdict.SLOW_GAIN: "low",
    WeightVerdict.GAINED: "none",
}


@dataclass(frozen=True)
class WeightNote:
    """One comparison of two weights. `facts` are told beside the sentence in smaller letters."""

    level: str
    word: str
    sentence: str
    facts: tuple[str, ...]


def weight_notes(child: Child, visits: Sequence[Measurement]) -> list[WeightNote]:
    """Return what the newest weight by hand says beside that of an earlier day; `visits` newest first.

    Where that visit was too near to tell, the last one that tells is compared, too.
    """
    weighings = _weighings(child, visits)
    if not weighings:
        return []
    (weighed_on, now), *others = weighings.items()
    earlier = [weighing for _day, weighing in others]
    changes = weight_changes(
        now=now,
        earlier=earlier,
        sex=Sex(child.sex),
        gestation_days=child.gestation_total_days,
        settings=GrowthSettings(),
    )
    return [
        WeightNote(
            level=_LEVELS.get(change.verdict, "unknown"),
            word=verdict_word(change.verdict),
            sentence=_("Since %(date)s: %(what)s")
            % {
                "date": date_format(weighed_on - timedelta(days=change.interval_days), "SHORT_DATE_FORMAT"),
                "what": verdict_sentence(change),
            },
            # What was expected since the last visit stands above, beside the change of the weight.
            facts=(
                *(_expected_fact(change) if k else ()),
                *_facts(
                    change, newborn=_newborn_gains(child, now, earlier, change.interval_days), age_days=now.age_days
                ),
            ),
        )
        for k, change in enumerate(changes)
    ]


def _weighings(child: Child, visits: Sequence[Measurement]) -> dict[date, Weighing]:
    """Return the weights by hand that count, the last of each day, newest first."""
    found: dict[date, Weighing] = {}
    for visit in visits:
        if visit.state != Measurement.State.ACTIVE or visit.is_scan or visit.weight_kg is None:
            continue
        assessment = visit.assessment
        usable = assessment is not None and assessment.waz is not None and "waz" not in assessment.flags
        found.setdefault(
            visit.measured_on,
            Weighing(
                age_days=child.age_days_on(visit.measured_on),
                weight_kg=float(visit.weight_kg),
                waz=float(assessment.waz) if usable else None,
                oedema=bool(visit.oedema),
            ),
        )
    return found


def _newborn_gains(child: Child, now: Weighing, earlier: Sequence[Weighing], days: int) -> NewbornGains | None:
    """Return WHO's centiles for a newborn born at term, by the weight on the day of birth where there is one."""
    if child.is_preterm:
        return None
    birth_kg = next((weighing.weight_kg for weighing in earlier if weighing.age_days == 0), None)
    return newborn_gains(
        sex=Sex(child.sex),
        start_age_days=now.age_days - days,
        end_age_days=now.age_days,
        birth_weight_g=None if birth_kg is None else birth_kg * GRAMS_PER_KG,
    )


def verdict_word(verdict: WeightVerdict) -> str:
    """Return the verdict in one or two words."""
    return {
        WeightVerdict.NOT_COMPARED: _("Not compared"),
        WeightVerdict.NEWBORN_LOSS: _("Loss after birth"),
        WeightVerdict.LOST: _("Weight lost"),
        WeightVerdict.FALTERING: _("Faltering"),
        WeightVerdict.NO_GAIN: _("No gain"),
        WeightVerdict.SLOW_GAIN: _("Slow gain"),
        WeightVerdict.TOO_SOON: _("Within error"),
        WeightVerdict.WITHIN_ERROR: _("Within error"),
        WeightVerdict.GAINED: _("Gained"),
    }[verdict]


def verdict_sentence(change: WeightChange) -> str:
    """Return the verdict in one sentence, in grams and days."""
    numbers = {
        "gain": _signed_g(change.gain_g),
        "lost": abs(change.gain_g),
        "days": _days(change.interval_days),
        "error": round(change.error_limit_g),
        "minimum": _days(change.minimum_interval_days or 0),
        "fall": printed_number(abs(change.waz_change or 0.0), ".1f"),
    }
    words = {
        WeightVerdict.NOT_COMPARED: _("%(gain)s g in %(days)s: not compared, with oedema the weight is partly water."),
        WeightVerdict.NEWBORN_LOSS: _("%(lost)d g less in %(days)s: usual in the first two weeks of life."),
        WeightVerdict.LOST: _("%(lost)d g less in %(days)s: more than the error of two weighings (%(error)d g)."),
        WeightVerdict.FALTERING: _("weight for age fell by %(fall)s z in %(days)s (%(gain)s g)."),
        WeightVerdict.NO_GAIN: _("%(gain)s g in %(days)s: an infant under six months should gain."),
        WeightVerdict.SLOW_GAIN: _("%(gain)s g in %(days)s: slower than nearly all healthy children."),
        WeightVerdict.TOO_SOON: _(
            "%(gain)s g in %(days)s: within the error of two weighings (%(error)d g). "
            "In %(minimum)s or more a usual gain can be told."
        ),
        WeightVerdict.WITHIN_ERROR: _(
            "%(gain)s g in %(days)s: within the error of two weighings (%(error)d g), "
            "so neither gain nor loss can be told."
        ),
        WeightVerdict.GAINED: _("%(gain)s g in %(days)s: more than the error of two weighings (%(error)d g)."),
    }[change.verdict]
    return words % numbers


def velocity_words(velocity: Velocity) -> str:
    """Return a velocity with the interval and age of WHO's window that served."""
    return ngettext(
        "weight velocity z %(z)s, centile %(centile)s (WHO 2009, %(n)d month from %(start)s)",
        "weight velocity z %(z)s, centile %(centile)s (WHO 2009, %(n)d months from %(start)s)",
        velocity.interval_months,
    ) % {
        "z": printed_number(velocity.z, "+.2f"),
        "centile": _centile(velocity.centile),
        "n": velocity.interval_months,
        "start": _window_start(velocity.start_months),
    }


def _facts(change: WeightChange, *, newborn: NewbornGains | None, age_days: int) -> list[str]:
    if change.verdict is WeightVerdict.NOT_COMPARED:
        return []
    facts = []
    if change.velocity is not None:
        facts.append(velocity_words(change.velocity))
    elif newborn is not None:
        facts.append(_newborn_words(newborn, change.gain_g))
    elif months(age_days) <= VELOCITY_BELOW_MONTHS:
        facts.append(_("no WHO velocity for this interval at this age"))
    if change.crossed_z_lines:
        lines = ", ".join(f"{line:+d}" if line else "0" for line in change.crossed_z_lines)
        facts.append(_("weight for age crossed these lines of the chart downwards: %(lines)s") % {"lines": lines})
    return facts


def _newborn_words(gains: NewbornGains, gain_g: int) -> str:
    days = {"start": gains.from_day, "end": gains.to_day}
    reached = gains.reached(gain_g)
    if reached is not None:
        words = _("reaches centile %(centile)d of what newborns gain from day %(start)d to %(end)d (WHO 2009)")
        return words % {"centile": reached, **days}
    words = _("below centile %(centile)d of what newborns gain from day %(start)d to %(end)d (WHO 2009)")
    return words % {"centile": 50 if gains.p5_g is None else 5, **days}


def _expected_fact(change: WeightChange) -> list[str]:
    if change.expected_gain_g is None or change.verdict is WeightVerdict.NOT_COMPARED:
        return []
    gain = _signed_g(round(change.expected_gain_g, -1))
    return [_("expected on the child's own line: %(gain)s g") % {"gain": gain}]


def _signed_g(grams: float) -> str:
    return f"{grams:+.0f}" if grams else "0"


def _days(days: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _centile(centile: float) -> str:
    """Return a centile as RCPCH prints it: whole, with open ends below 0.4 and above 99.6."""
    if centile < 0.4:
        return "< 0.4"
    return f"> {printed_number(99.6)}" if centile > 99.6 else f"{centile:.0f}"


def _window_start(start_months: float) -> str:
    """Return where a window starts: birth, 4 weeks, 2 months."""
    if start_months == 0.0:
        return _("birth")
    if not start_months.is_integer():
        return _("4 weeks")
    return ngettext("%(n)d month", "%(n)d months", int(start_months)) % {"n": int(start_months)}
