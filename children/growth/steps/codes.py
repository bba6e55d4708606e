"""The stable codes of the steps of a sum: what each does, why there may be no answer, which table was read."""

from __future__ import annotations

from enum import StrEnum


class StepCode(StrEnum):
    """What a step does and why; stable, for programs."""

    AGE = "age"
    AGE_MISSING = "age_missing"
    CORRECTED_AGE = "corrected_age"
    CORRECTION_ENDED = "correction_ended"
    BEFORE_TERM = "before_term"
    STANDARD = "standard"
    NO_STANDARD = "no_standard"
    HEIGHT_TO_LENGTH = "height_to_length"
    LENGTH_TO_HEIGHT = "length_to_height"
    LENGTH_AS_GIVEN = "length_as_given"
    LENGTH_NOT_CONVERTIBLE = "length_not_convertible"  # age or position is not known
    POSITION_IMPLAUSIBLE = "position_implausible"
    BMI = "bmi"
    MM_TO_CM = "mm_to_cm"
    TABLE_ROW = "table_row"
    TABLE_ROWS = "table_rows"
    PLAIN_Z = "plain_z"
    TAIL = "tail"
    ROUNDED = "rounded"
    FLAG = "flag"
    CENTILE = "centile"
    NO_ANSWER = "no_answer"


class NoAnswer(StrEnum):
    """Why an index has no z-score although something was measured for it."""

    SEX_MISSING = "sex_missing"
    AGE_MISSING = "age_missing"
    OUTSIDE_STANDARD = "outside_standard"
    NOT_IN_STANDARD = "not_in_standard"  # WHO 2007 has height, weight and BMI alone
    OEDEMA = "oedema"
    BEFORE_TABLE = "before_table"  # arm and skinfolds before day 91
    AFTER_TABLE = "after_table"  # weight after 120 months
    LENGTH_OUTSIDE_TABLE = "length_outside_table"
    NOT_POSITIVE = "not_positive"


class TableName(StrEnum):
    """Which of WHO's tables a row is from."""

    BY_DAY = "by_day"
    BY_MONTH = "by_month"
    BY_LENGTH = "by_length"
    BY_HEIGHT = "by_height"
