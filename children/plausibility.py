"""Asks back when a measured value is not what this child can have, and refuses what no child can have.

The judgement is `children.growth`'s; here it becomes a question (`questions.py`) or a refusal with a code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from cgm_portal.errors import DomainError
from children.confirmation_models import ConfirmedQuestion
from children.confirmations import answer_given_before
from children.engine_input import growth_input
from children.growth import GrowthInput, MeasurementError, Suspicion, input_errors, suspect_values
from children.measurement_models import QUANTITY_FIELDS, Measurement
from children.models import Child
from children.questions import Question
from children.refusals import in_words

if TYPE_CHECKING:
    from children.services import MeasuredValues

CONFIRMABLE_FIELDS = QUANTITY_FIELDS

# Enough for the last three values of a field that is not taken at every visit.
VISITS_LOOKED_AT = 24


class AskedBack(DomainError):
    """A visit is not stored before a person has answered all `questions`, or, where it can't be, has changed it."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None,
        questions: Sequence[Question],
        refusals: Sequence[DomainError],
    ) -> None:
        asked = [question.details() for question in questions]
        refused = [{"code": error.code, "detail": error.message, "attr": error.field} for error in refusals]
        # The first is the one that the whole answer is named for.
        details = sorted([*refused, *asked], key=lambda detail: (detail["code"], detail["attr"]) != (code, field))
        super().__init__(code, message, field=field, details=details)
        self.questions = tuple(questions)
        self.refusals = tuple(refusals)


def check_values(
    values: MeasuredValues,
    *,
    child: Child,
    measured_on: date,
    confirmed_fields: frozenset[str],
    answered_before: Collection[ConfirmedQuestion] = (),
) -> tuple[Question, ...]:
    """Raise DomainError for values by hand that can't be stored, and AskedBack for those that a person has to confirm.

    Codes: `nothing_measured`, `position_missing`, those of `children.growth.input_errors`, and `*_suspected` of
    `children.growth.own_curve.suspicions`. A question whose field is in `confirmed_fields` is answered, and so is one
    that `answered_before` answers for the same values; those are returned.
    """
    refuse_incomplete_values(values)
    visit = growth_input(values, child=child, measured_on=measured_on)
    refused = {error.field: in_words(error, visit) for error in input_errors(visit)}
    suspected = [
        Question(suspicion, measured_on, visit.position, refusal=_refusal(refused, suspicion))
        for suspicion in suspect_values(visit, _earlier_visits(child, measured_on))
    ]
    answered = tuple(
        question
        for question in suspected
        if not question.refusal
        and (question.field in confirmed_fields or answer_given_before(question, answered_before))
    )
    questions = [question for question in suspected if question not in answered]
    refusals = [
        DomainError(error.code, error.message, field=error.field)
        for field, error in refused.items()
        if field not in {value.field for asked in questions for value in asked.suspicion.values}
    ]
    impossible = [*refusals, *(asked for asked in questions if asked.refusal)]
    if not impossible and not questions:
        return answered
    first = (impossible or questions)[0]
    message = first.text if isinstance(first, Question) else first.message
    raise AskedBack(first.code, message, field=first.field, questions=questions, refusals=refusals)


def refuse_impossible_values(values: MeasuredValues, *, child: Child, measured_on: date) -> None:
    """Raise DomainError for what a scan can't have measured; nobody can be asked about it.

    Codes: `nothing_measured`, `position_missing` and those of `children.growth.input_errors`.
    """
    refuse_incomplete_values(values)
    visit = growth_input(values, child=child, measured_on=measured_on)
    for error in input_errors(visit):
        raise DomainError(error.code, in_words(error, visit).message, field=error.field)


def refuse_incomplete_values(values: MeasuredValues) -> None:
    """Raise DomainError for nothing measured, or a length without its position."""
    taken = [*(getattr(values, field) for field in CONFIRMABLE_FIELDS), values.oedema]
    if all(value is None for value in taken):
        raise DomainError("nothing_measured", _("Enter at least one value."))
    if (values.length_height_cm is None) != (not values.position):
        raise DomainError(
            "position_missing",
            _("Give length or height together with how it was taken: lying or standing."),
            field="position",
        )


def _refusal(refused: Mapping[str | None, MeasurementError], suspicion: Suspicion) -> MeasurementError | None:
    return next((refused[value.field] for value in suspicion.values if value.field in refused), None)


def _earlier_visits(child: Child, measured_on: date) -> list[GrowthInput]:
    visits = Measurement.objects.counted().filter(child=child, measured_on__lte=measured_on)
    return [
        growth_input(visit, child=child, measured_on=visit.measured_on)
        for visit in visits.order_by("-measured_on", "-recorded_at")[:VISITS_LOOKED_AT]
    ]
