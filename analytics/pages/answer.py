"""The one plain answer at the head of a child's page: which measurement gives it, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from analytics.words import (
    action_words,
    answer_words,
    condition_words,
    criterion_words,
    level_words,
    missing_words,
    probability_words,
)
from care.models import Alert
from care.rules import scan_needs_hand
from children.assessments import BORROW_WINDOW
from children.growth.uncertainty.spread import INTERVAL80_SD
from children.models import GrowthAssessment, Measurement
from children.numbers import printed_number

CALM_LEVELS = {"none", "low"}
URGENT_SEVERITIES = {Alert.Severity.CRITICAL, Alert.Severity.HIGH}
WORST_FIRST = ("critical", "high", "moderate", "low", "none", "unknown")
STUNTING_PROBABILITIES = ("severe_stunting", "stunting")
SHOWN_PROBABILITIES = ("severe_stunting", "stunting", "sam", "mam", "sam_mam_or_severe_stunting")


@dataclass(frozen=True)
class AnswerRow:
    """One true row of the banner table in words."""

    level: str
    condition: str
    criteria: str


@dataclass(frozen=True)
class Screening:
    """What makes a scan's answer a screening estimate; `needs_hand`: a measurement by hand is due today."""

    value: str
    interval: str
    position: str
    model: str
    probabilities: tuple[tuple[str, str], ...]
    needs_hand: bool


@dataclass(frozen=True)
class Answer:
    """The banner. `missing`: what a class needs and does not have. `screening`: only for a scan.

    `age_estimated`: HAZ and WAZ with their intervals and the chances of stunting, where the birth date is an estimate.
    """

    level: str
    word: str
    condition: str
    action: str
    criteria: str
    also: tuple[AnswerRow, ...]
    missing: str
    age_estimated: str
    measurement: Measurement
    screening: Screening | None


def answering_visit(visits: Sequence[Measurement]) -> Measurement | None:
    """Return the measurement that answers: the worst of the newest day; one by hand wins over a scan within 24 hours.

    `visits` are newest first.
    """
    counted = [v for v in visits if v.state == Measurement.State.ACTIVE and v.superseded_by_id is None]
    if not counted:
        return None
    newest = counted[0]
    if not newest.is_scan:
        same_day = (v for v in counted if not v.is_scan and v.measured_on == newest.measured_on)
        return min(same_day, key=_rank)  # the first of equals: the newest
    by_hand = (v for v in counted if not v.is_scan and abs(v.measured_at - newest.measured_at) <= BORROW_WINDOW)
    return next(by_hand, newest)


def _rank(visit: Measurement) -> int:
    """0 for the worst; an incomplete row says less than any complete one of its day."""
    assessment = visit.assessment
    return WORST_FIRST.index(assessment.risk_level if assessment is not None else "unknown")


def answer_of(measurement: Measurement) -> Answer | None:
    """Return the answer of `measurement`, or None while it has no assessment."""
    assessment = measurement.assessment
    if assessment is None:
        return None
    first = assessment.banner_row
    screening = _screening(measurement, assessment) if measurement.is_scan else None
    level, condition = str(first["risk_level"]), condition_words(str(first["code"]))
    if screening is not None and screening.needs_hand and level in CALM_LEVELS:
        # A length alone rules nothing out: no green or blue banner while a measurement by hand is due.
        heading = ("unknown", _("Measure by hand"), _("Measure by hand today"))
        seen = _("no stunting") if level == "none" else condition
        action, criteria = _("By length alone: %(condition)s.") % {"condition": seen}, ""
    else:
        heading = (level, answer_words(str(first["code"]), level), condition)
        action, criteria = action_words(str(first["code"])), _criteria(first)
    return Answer(
        level=heading[0],
        word=heading[1],
        condition=heading[2],
        action=action,
        criteria=criteria,
        also=tuple(
            AnswerRow(
                level=str(row["risk_level"]), condition=condition_words(str(row["code"])), criteria=_criteria(row)
            )
            for row in assessment.rows
            if row is not first
        ),
        missing=", ".join(dict.fromkeys(_missing(measurement, assessment))),
        age_estimated=_age_estimated(measurement, assessment),
        measurement=measurement,
        screening=screening,
    )


def heed_open_alerts(answer: Answer, alerts: Sequence[Alert]) -> Answer:
    """Return `answer`, or, where it is calm and an urgent alert is still open, one that names the alert first."""
    urgent = [a for a in alerts if a.severity in URGENT_SEVERITIES]
    if not urgent or answer.level not in CALM_LEVELS:
        return answer
    worst = min(urgent, key=lambda alert: Alert.Severity(alert.severity).rank)
    return replace(
        answer,
        level=worst.severity,
        word=level_words(worst.severity),
        condition=_("Alert still open: %(criterion)s") % {"criterion": worst.get_criterion_display()},
        action=_("The last visit alone says: %(condition)s. Follow the alert.") % {"condition": answer.condition},
        criteria="",
    )


def _missing(measurement: Measurement, assessment: GrowthAssessment) -> list[str]:
    words = [missing_words(code) for code in assessment.missing]
    if measurement.oedema is None and not measurement.is_scan:
        words.append(_("oedema was not examined"))
    return words


def _age_estimated(measurement: Measurement, assessment: GrowthAssessment) -> str:
    """Return what an estimated age leaves open: HAZ and WAZ with 80 % intervals, the chances of stunting."""
    if not measurement.child.birth_date_estimated:
        return ""
    words = []
    for name, label in (("haz", _("HAZ")), ("waz", _("WAZ"))):
        z, (low, high) = getattr(assessment, name), assessment.zscore_intervals.get(name) or (None, None)
        if z is not None and low is not None and high is not None:
            interval = _("80 %% interval %(low)s to %(high)s") % {
                "low": printed_number(low, "+.1f"),
                "high": printed_number(high, "+.1f"),
            }
            words.append(f"{label} {printed_number(z, '+.1f')} ({interval})")
    chances = assessment.class_probabilities
    words += [
        _("chance of %(name)s %(percent)s") % {"name": probability_words(name), "percent": _percent(chances[name])}
        for name in STUNTING_PROBABILITIES
        if name in chances and not measurement.is_scan
    ]
    return ", ".join(words)


def _criteria(row: dict[str, object]) -> str:
    criteria = row["criteria"]
    assert isinstance(criteria, list)
    return ", ".join(criterion_words(str(criterion)) for criterion in criteria)


def _screening(measurement: Measurement, assessment: GrowthAssessment) -> Screening:
    assert measurement.length_height_cm is not None
    assert measurement.length_height_sd_cm is not None
    prediction = getattr(measurement, "prediction", None)
    value = float(measurement.length_height_cm)
    half = float(measurement.length_height_sd_cm) * INTERVAL80_SD
    low, high = value - half, value + half
    if prediction is not None and prediction.height_cm is not None:
        # The model's own interval, as the session's page prints it; the stored SD is rounded.
        value, (low, high) = prediction.height_cm, prediction.intervals["height_cm"]["80"]
    return Screening(
        value=f"{printed_number(value, '.1f')} cm",
        interval=_("%(low)s to %(high)s cm") % {"low": printed_number(low, ".1f"), "high": printed_number(high, ".1f")},
        position=measurement.get_position_display(),
        model=str(prediction.model_version) if prediction is not None else "",
        probabilities=probability_rows(assessment),
        needs_hand=scan_needs_hand(assessment),
    )


def probability_rows(assessment: GrowthAssessment) -> tuple[tuple[str, str], ...]:
    """Return the chances that a scan gives, in words and percent; the higher of length alone and all predictions."""
    by_length, by_all = assessment.class_probabilities, assessment.predicted_probabilities
    return tuple(
        (probability_words(name), _percent(max(by_length.get(name, 0.0), by_all.get(name, 0.0))))
        for name in SHOWN_PROBABILITIES
        if name in by_length or name in by_all
    )


def _percent(probability: float) -> str:
    percent = probability * 100
    return "< 1 %" if percent < 1 else "> 99 %" if percent > 99 else f"{percent:.0f} %"
