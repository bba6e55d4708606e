"""Keeps what a person confirmed when asked back: with the measurement, and along with its correction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from children.confirmation_models import ConfirmedQuestion
from children.measurement_models import Measurement
from children.questions import Question


def keep_answers(
    measurement: Measurement, questions: Sequence[Question], *, answered_before: Collection[ConfirmedQuestion] = ()
) -> None:
    """Store that `questions` were answered with "right as entered" when `measurement` was recorded.

    One that was answered on the row that this one corrects keeps the name and the hour of the first answer.
    """
    for question in questions:
        before = answer_given_before(question, answered_before)
        ConfirmedQuestion.objects.create(
            measurement=measurement,
            code=question.code,
            field=question.field,
            values=question.details()["values"],
            confirmed_by=before.confirmed_by if before else measurement.recorded_by,
            confirmed_at=before.confirmed_at if before else measurement.recorded_at,
        )


def answer_given_before(question: Question, answers: Collection[ConfirmedQuestion]) -> ConfirmedQuestion | None:
    """Return the answer to the same question about the same values; None where there is none."""
    entered = {value.field: value.entered for value in question.suspicion.values}
    for answer in answers:
        if answer.code == question.code and {value["field"]: value["entered"] for value in answer.values} == entered:
            return answer
    return None


def answers_that_stay(old: Measurement, *, measured_on: date, position: str) -> list[ConfirmedQuestion]:
    """Return what was confirmed of a row about to be corrected; nothing where day or position becomes another one."""
    if old.measured_on != measured_on or old.position != position:
        return []
    return list(old.confirmed_questions.select_related("confirmed_by"))
