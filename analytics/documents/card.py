"""The carer's card: what a family is told in plain words. No z-score, no class by its clinical name.

Charts are poorly understood by many carers, one colour, one sentence and one date are not. Texts come in the active
language: call inside `translation.override(language)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from analytics.pages.answer import Answer
from care.models import FollowUp
from children.models import Child


@dataclass(frozen=True)
class CarerCard:
    """What the card says. level: whose colour and icon it takes. address: what the QR code holds."""

    child_name: str
    code: str
    clinic: str
    clinic_phone: str
    level: str
    word: str
    sentence: str
    to_do: str
    measured_on: date | None
    next_on: date | None
    address: str


def carer_card(*, child: Child, answer: Answer | None, follow_up: FollowUp | None, address: str) -> CarerCard:
    """Return the card of `child`; `answer` is the banner of its page, `follow_up` the next appointment."""
    level = answer.level if answer is not None else "unknown"
    sentence, to_do = _words_of(answer, level)
    return CarerCard(
        child_name=child.name,
        code=child.code,
        clinic=child.clinic.name,
        clinic_phone=getattr(child.clinic, "phone", ""),
        level=level,
        word=_level_word(level),
        sentence=sentence,
        to_do=to_do,
        measured_on=answer.measurement.measured_on if answer is not None else None,
        next_on=follow_up.due_on if follow_up is not None else None,
        address=address,
    )


def _words_of(answer: Answer | None, level: str) -> tuple[str, str]:
    """Return the sentence and what to do: of the banner's row, or of its level where an open alert spoke louder."""
    assessment = answer.measurement.assessment if answer is not None else None
    if assessment is not None and assessment.risk_level == level:
        found = _by_code(str(assessment.banner_row["code"]))
        if found is not None:
            return found
    return _by_level(level)


def _level_word(level: str) -> str:
    return {
        "critical": _("Get help today"),
        "high": _("Needs help"),
        "moderate": _("Needs a closer look"),
        "low": _("Keep watching"),
        "none": _("No problem found"),
    }.get(level, _("Measure again"))


def _by_level(level: str) -> tuple[str, str]:
    return {
        "critical": (
            _("Your child may be very ill and needs treatment now."),
            _("Go to the treatment centre today. Take this card with you."),
        ),
        "high": (
            _("Your child needs extra help to grow well."),
            _("Follow the advice of the clinic and come back on the date below."),
        ),
        "moderate": (
            _("We want to look at your child's growth more closely."),
            _("Please come back on the date below. Come sooner if your child is ill."),
        ),
        "low": (
            _("Your child's growth needs watching."),
            _("Ask the health worker about feeding, and come back on the date below."),
        ),
        "none": (
            _("We found no problem in today's measurements."),
            _("Go on as you do, and come back on the date below."),
        ),
    }.get(
        level,
        (
            _("Today's measurements do not give an answer yet."),
            _("Please let the clinic measure your child again."),
        ),
    )


def _by_code(code: str) -> tuple[str, str] | None:
    """Return the words of one row of the banner table, where it has better ones than its level."""
    feed_more = _("Ask the health worker about feeding, and come back on the date below.")
    closer = _("Please come back on the date below. Come sooner if your child is ill.")
    return {
        "sam": (
            _("Your child is much too thin and needs treatment now."),
            _("Go to the treatment centre today. Take this card with you."),
        ),
        "oedema": (
            _("Your child has swollen feet and needs treatment now."),
            _("Go to the treatment centre today. Take this card with you."),
        ),
        "mam": (
            _("Your child is too thin and needs extra food and care."),
            _("Join the feeding programme, and come back on the date below."),
        ),
        "infant_at_risk": (
            _("Your baby is not growing as well as it should."),
            _("Go with your baby to the place that the clinic names. Go on breastfeeding."),
        ),
        "weight_loss": (_("Your child has lost weight."), closer),
        "faltering": (_("Your child gains weight too slowly."), closer),
        "severe_stunting": (_("Your child is much too short for the age."), closer),
        "severe_underweight": (_("Your child weighs much too little for the age."), closer),
        "severe_thinness": (_("Your child is much too thin for the age."), closer),
        "stunting": (_("Your child is short for the age."), feed_more),
        "underweight": (_("Your child weighs little for the age."), feed_more),
        "thinness": (_("Your child is thin for the age."), feed_more),
        "overweight": (_("Your child weighs more than is healthy."), feed_more),
        "obesity": (_("Your child weighs much more than is healthy."), feed_more),
    }.get(code)
