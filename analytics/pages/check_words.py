"""The steps of a sum, WHO's columns and the groups of reference rows in words. No numbers are made here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from children.growth import Index, Position, Sex, Standard
from children.growth.parity.who_answers import Derived, Output
from children.growth.steps.codes import NoAnswer, StepCode, TableName
from children.growth.steps.kinds import (
    AgeStep,
    CentileStep,
    CorrectedAgeStep,
    FlagStep,
    LengthHeightStep,
    NoAnswerStep,
    PlainZStep,
    StandardStep,
    Step,
    TableStep,
)
from children.growth.steps.numbers import number
from children.numbers import printed_number

DAYS_PER_WEEK = 7


def standard_words(standard: Standard) -> str:
    """Return the name of a standard."""
    return {
        Standard.WHO2006: _("WHO Child Growth Standards (2006), 0-5 years"),
        Standard.WHO2007: _("WHO reference 2007, 5-19 years"),
    }[standard]


def ages_words(standard: Standard) -> str:
    """Return the ages of a standard."""
    return {Standard.WHO2006: _("0-5 years"), Standard.WHO2007: _("5-19 years")}[standard]


def output_words(output: Output) -> str:
    """Return what one column of WHO's answers holds."""
    return {
        Index.HAZ: _("Length or height for age"),
        Index.WAZ: _("Weight for age"),
        Index.WHZ: _("Weight for length or height"),
        Index.BAZ: _("BMI for age"),
        Index.HCZ: _("Head circumference for age"),
        Index.ACZ: _("Arm circumference (MUAC) for age"),
        Index.TSZ: _("Triceps skinfold for age"),
        Index.SSZ: _("Subscapular skinfold for age"),
        Derived.LENGTH_HEIGHT: _("Length or height after conversion, cm"),
        Derived.BMI: _("BMI, kg/m²"),
        Derived.IMPLAUSIBLE_POSITION: _("Standing under 9 months"),
    }[output]


def case_words(case: str) -> str:
    """Return what a group of reference rows tests; the letter is WHO's files' own."""
    return {
        "A_real_days": _("Ordinary visits, age in days"),
        "B_real_months": _("Ordinary visits, age in months"),
        "A_real": _("Ordinary visits"),
        "B_wfa_extreme": _("Far values, 5-10 years"),
        "C_extreme": _("Far values"),
        "C_wild": _("Impossible values"),
        "D_age_edge": _("Edges of age"),
        "D_month_edge": _("Edges of age in months"),
        "E_lenhei_edge": _("Edges of the length tables"),
        "E_wflh_random": _("Lengths between table rows"),
        "F_missing": _("Missing values"),
        "F_missing_oedema": _("Missing values and oedema"),
        "G_oedema": _("Oedema"),
        "G_zero": _("Zero"),
        "H_nonpositive": _("Zero and negative values"),
        "H_cutoffs": _("At the cut-offs"),
        "J_cutoffs": _("At the cut-offs"),
    }.get(case, case)


def step_words(step: Step) -> str:
    """Return what a step does and why, in one sentence or two."""
    if isinstance(step, TableStep):
        return _table_words(step)
    if isinstance(step, NoAnswerStep):
        return _no_answer_words(step)
    describe = _WORDS.get(step.code)
    return describe(step) if describe else _PLAIN_WORDS[step.code]()


def _age(step: AgeStep) -> str:
    return _(
        "Age: %(days)s days are %(months)s months of 30.4375 days. Limits use the months; rows by day use day %(day)s."
    ) % {
        "days": number(step.age_days),
        "months": printed_number(step.months, ".2f"),
        "day": step.day,
    }


def _born_early(step: CorrectedAgeStep) -> dict[str, Any]:
    weeks, days = divmod(step.gestation_days, DAYS_PER_WEEK)
    return {"weeks": weeks, "days": days}


def _corrected(step: CorrectedAgeStep) -> str:
    return _(
        "Born early, at %(weeks)d weeks %(days)d days: below 24 months the age is counted from term (40 weeks)."
    ) % _born_early(step)


def _not_corrected(step: CorrectedAgeStep) -> str:
    return _(
        "Born early, at %(weeks)d weeks %(days)d days, but 24 months or older: the age is no longer corrected."
    ) % _born_early(step)


def _standard(step: StandardStep) -> str:
    if step.standard is Standard.WHO2006:
        return _("Below 60 months the WHO Child Growth Standards (2006) serve.")
    return _("From 60 to 228 months the WHO reference 2007 serves.")


def _no_standard(step: StandardStep) -> str:
    return _("This age lies outside the %(standard)s: there is no z-score.") % {
        "standard": standard_words(step.standard)
    }


def _as_given(step: LengthHeightStep) -> str:
    if step.position is Position.LENGTH:
        return _("Measured lying before day 731 (24 months), as the tables expect: used as it is.")
    return _("Measured standing from day 731 (24 months) on, as the tables expect: used as it is.")


def _plain_z(step: PlainZStep) -> str:
    if step.lms.power == 1.0:
        return _("The LMS formula where L is 1: z = (y/M − 1) / S, with y the measurement.")
    return _("The LMS formula: z = ((y/M)^L − 1) / (L × S), with y the measurement.")


def _flag(step: FlagStep) -> str:
    if step.flagged:
        return _("Beyond WHO's limits of plausible values: flagged, and kept. Check the measurement.")
    return _("Within WHO's limits of plausible values.")


def _centile(step: CentileStep) -> str:
    if step.index is Index.WHZ:
        return _("Centile: of 100 children of the standard, of this sex and length, so many lie below.")
    return _("Centile: of 100 children of the standard, of this sex and age, so many lie below.")


_WORDS: dict[StepCode, Callable[[Any], str]] = {
    StepCode.AGE: _age,
    StepCode.CORRECTED_AGE: _corrected,
    StepCode.CORRECTION_ENDED: _not_corrected,
    StepCode.STANDARD: _standard,
    StepCode.NO_STANDARD: _no_standard,
    StepCode.LENGTH_AS_GIVEN: _as_given,
    StepCode.PLAIN_Z: _plain_z,
    StepCode.FLAG: _flag,
    StepCode.CENTILE: _centile,
}

_PLAIN_WORDS: dict[StepCode, Callable[[], str]] = {
    StepCode.AGE_MISSING: lambda: _("The age is not known: only weight for length or height can be told."),
    StepCode.BEFORE_TERM: lambda: _("The date of term has not come yet: there is no z-score."),
    StepCode.HEIGHT_TO_LENGTH: lambda: _(
        "Measured standing before day 731 (24 months): the tables expect a length lying, so 0.7 cm is added."
    ),
    StepCode.LENGTH_TO_HEIGHT: lambda: _(
        "Measured lying from day 731 (24 months) on: the tables expect a height standing, so 0.7 cm is taken off."
    ),
    StepCode.LENGTH_NOT_CONVERTIBLE: lambda: _("Age or position is not known: the length is used as it is."),
    StepCode.POSITION_IMPLAUSIBLE: lambda: _(
        "No child is taken to stand before 9 months: the position is flagged, and the length used as it is."
    ),
    StepCode.BMI: lambda: _("BMI: weight in kg over the square of the length or height in metres."),
    StepCode.MM_TO_CM: lambda: _("The table of arm circumference is in cm."),
    StepCode.TAIL: lambda: _("Beyond ±3 WHO goes on in straight steps of the distance between SD2 and SD3."),
    StepCode.ROUNDED: lambda: _("Rounded to two decimals, as WHO reports it. Flags and classes act on this value."),
}


def _table_words(step: TableStep) -> str:
    names = {"sex": _("girls") if step.sex is Sex.FEMALE else _("boys"), "at": number(step.at)}
    if step.code is StepCode.TABLE_ROW:
        return {
            TableName.BY_DAY: _("WHO's table for %(sex)s, row of day %(at)s."),
            TableName.BY_MONTH: _("WHO's table for %(sex)s, row of month %(at)s."),
            TableName.BY_LENGTH: _("WHO's weight-for-length table for %(sex)s, row of %(at)s cm."),
            TableName.BY_HEIGHT: _("WHO's weight-for-height table for %(sex)s, row of %(at)s cm."),
        }[step.table] % names
    names |= {"below": number(step.below_at), "above": number(step.above_at)}
    return {
        TableName.BY_DAY: "",
        TableName.BY_MONTH: _(
            "WHO's table for %(sex)s: between the rows of months %(below)s and %(above)s L, M and S run straight."
        ),
        TableName.BY_LENGTH: _(
            "WHO's weight-for-length table for %(sex)s: between %(below)s and %(above)s cm L, M and S run straight."
        ),
        TableName.BY_HEIGHT: _(
            "WHO's weight-for-height table for %(sex)s: between %(below)s and %(above)s cm L, M and S run straight."
        ),
    }[step.table] % names


def _no_answer_words(step: NoAnswerStep) -> str:
    return {
        NoAnswer.SEX_MISSING: _("No z-score: the sex is not known."),
        NoAnswer.AGE_MISSING: _("No z-score: the age is not known."),
        NoAnswer.NOT_IN_STANDARD: _("No z-score: from 60 months on WHO 2007 has height, weight and BMI alone."),
        NoAnswer.OEDEMA: _("No z-score: oedema is water, so the weight says nothing of growth."),
        NoAnswer.BEFORE_TABLE: _("No z-score: WHO's table begins on day 91; this is day %(at)s."),
        NoAnswer.AFTER_TABLE: _("No z-score: WHO's table of weight ends at 120 months; this is month %(at)s."),
        NoAnswer.LENGTH_OUTSIDE_TABLE: _(
            "No z-score: %(at)s cm lies outside the table of this age (45-110 cm lying, 65-120 cm standing)."
        ),
        NoAnswer.NOT_POSITIVE: _("No z-score: the value is zero or negative."),
    }[step.reason] % {"at": "" if step.at is None else number(step.at)}
