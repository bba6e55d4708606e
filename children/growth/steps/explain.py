"""One child's z-scores, step by step: every number of the sum, from the engine's own functions.

For whoever doubts a value: which age, which standard, which row of which table, and each result from the one before.
The kinds of steps and their formulas are in `kinds.py`, the rows of the tables in `tables.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.age import (
    CORRECT_BELOW_MONTHS,
    PRETERM_BELOW_DAYS,
    REFERENCE_LAST_MONTHS,
    STANDARD_ENDS_MONTHS,
    corrected_age_days,
    months,
    standard_at,
)
from children.growth.columns import GIRL_CODE, HEIGHT_CODE, POSITION_CODES, SEX_CODES, UNKNOWN_CODE, Columns
from children.growth.indices import (
    BLANKED_BY_OEDEMA,
    INDICES_OF,
    MM_PER_CM,
    UNRESTRICTED,
    ZScoreTable,
    compute_zscores,
)
from children.growth.lms import TAIL_START_Z, TAIL_STEP_FROM_Z, centile, normal_zscore, value_at_sd, zscore
from children.growth.plausibility import FLAG_LIMITS
from children.growth.steps.codes import NoAnswer, StepCode
from children.growth.steps.kinds import (
    AgeStep,
    ArmStep,
    BmiStep,
    CentileStep,
    CorrectedAgeStep,
    FlagStep,
    LengthHeightStep,
    Lms,
    NoAnswerStep,
    PlainZStep,
    RoundedStep,
    StandardStep,
    Step,
    TailStep,
)
from children.growth.steps.tables import Place, look_up
from children.growth.types import GrowthInput, Index, Position, Sex, Standard
from children.growth.validation import validate_input

SHOWN_ORDER = (Index.WAZ, Index.HAZ, Index.WHZ, Index.BAZ, Index.ACZ, Index.HCZ, Index.TSZ, Index.SSZ)


def explain(data: GrowthInput) -> tuple[Step, ...]:
    """Return every step from the measurements of one visit to its z-scores, in the order of the sum.

    The z-scores are those of `assess(data)`; a scan is explained at its point.
    Raises MeasurementError as `validate_input` does.
    """
    validate_input(data)
    if data.age_days is None:
        return _explain(_columns(data, age_days=None), Standard.WHO2006)
    corrected = corrected_age_days(age_days=data.age_days, gestation_days=data.gestation_days)
    standard = standard_at(data.age_days) or Standard.WHO2007
    steps = tuple(_correction(data.age_days, data.gestation_days, corrected))
    if corrected is not None and corrected < 0:
        return steps
    return steps + _explain(_columns(data, age_days=data.age_days if corrected is None else corrected), standard)


def explain_row(columns: Columns, standard: Standard) -> tuple[Step, ...]:
    """Return every step of one row of a file, by the standard that the file asks for.

    `columns` of length 1; its age is not rounded and nothing in it is refused. Raises ValueError for another length.
    """
    if len(columns) != 1:
        raise ValueError(f"One row is explained at a time, not {len(columns)}.")
    return _explain(columns, standard)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row and the engine's answers to it; a missing number is NaN."""

    columns: Columns
    standard: Standard
    table: ZScoreTable
    age_days: float
    day: int | None
    sex: Sex | None
    position: Position | None

    def measured(self, index: Index) -> float:
        """Return the measurement behind one index in the unit of its table."""
        columns = self.columns
        if index is Index.ACZ:
            return _only(columns.muac_mm) / MM_PER_CM
        column = {
            Index.HAZ: self.table.length_height_cm,
            Index.BAZ: self.table.bmi,
            Index.HCZ: columns.head_circumference_cm,
            Index.TSZ: columns.triceps_mm,
            Index.SSZ: columns.subscapular_mm,
        }.get(index, columns.weight_kg)
        # Weight-for-length/height needs both.
        return math.nan if index is Index.WHZ and math.isnan(_only(columns.length_height_cm)) else _only(column)


def _explain(columns: Columns, standard: Standard) -> tuple[Step, ...]:
    sex, position, age = int(columns.sex[0]), int(columns.position[0]), float(columns.age_days[0])
    row = _Row(
        columns=columns,
        standard=standard,
        table=compute_zscores(columns, standard=standard),
        age_days=age,
        day=None if math.isnan(age) else math.floor(age + 0.5),
        sex=None if sex == UNKNOWN_CODE else Sex.FEMALE if sex == GIRL_CODE else Sex.MALE,
        position=None if position == UNKNOWN_CODE else Position.HEIGHT if position == HEIGHT_CODE else Position.LENGTH,
    )
    steps = list(_age_and_standard(row))
    if steps[-1].code is StepCode.NO_STANDARD:
        return tuple(steps)
    steps += _body(row)
    for index in SHOWN_ORDER:
        if not math.isnan(row.measured(index)):
            steps += _index(row, index)
    return tuple(steps)


def _correction(age_days: int, gestation_days: int | None, corrected: int | None) -> Iterator[Step]:
    """Say what becomes of the age of a child born early."""
    if gestation_days is None or gestation_days >= PRETERM_BELOW_DAYS:
        return
    ended = months(age_days) >= CORRECT_BELOW_MONTHS
    step = CorrectedAgeStep(
        code=StepCode.CORRECTION_ENDED if ended else StepCode.CORRECTED_AGE,
        age_days=age_days,
        gestation_days=gestation_days,
        corrected_days=age_days if corrected is None else corrected,
        months=months(age_days),
    )
    yield step
    if step.corrected_days < 0:
        yield Step(code=StepCode.BEFORE_TERM)


def _age_and_standard(row: _Row) -> Iterator[Step]:
    if row.day is None:
        yield Step(code=StepCode.AGE_MISSING)
        return
    age_months = months(row.age_days)
    yield AgeStep(code=StepCode.AGE, age_days=row.age_days, months=age_months, day=row.day)
    if row.standard is Standard.WHO2006:
        serves = age_months < STANDARD_ENDS_MONTHS
    else:
        serves = STANDARD_ENDS_MONTHS <= age_months <= REFERENCE_LAST_MONTHS
    code = StepCode.STANDARD if serves else StepCode.NO_STANDARD
    yield StandardStep(code=code, standard=row.standard, months=age_months)


def _body(row: _Row) -> Iterator[Step]:
    """Convert the length or height, and work out the BMI."""
    measured, converted = _only(row.columns.length_height_cm), float(row.table.length_height_cm[0])
    if math.isnan(measured):
        return
    if row.standard is Standard.WHO2006:
        shift = round(converted - measured, 1)  # 0.7 of two numbers that have no exact 0.7
        yield LengthHeightStep(
            code=_conversion(row, shift),
            position=row.position,
            day=row.day,
            measured_cm=measured,
            shift_cm=shift,
            converted_cm=converted,
        )
    weight = _only(row.columns.weight_kg)
    if not math.isnan(weight):
        bmi = float(row.table.bmi[0])
        yield BmiStep(code=StepCode.BMI, weight_kg=weight, length_height_cm=converted, bmi=bmi)


def _conversion(row: _Row, shift_cm: float) -> StepCode:
    if row.table.implausible_position[0]:
        return StepCode.POSITION_IMPLAUSIBLE
    if row.day is None or row.position is None:
        return StepCode.LENGTH_NOT_CONVERTIBLE
    if shift_cm == 0:
        return StepCode.LENGTH_AS_GIVEN
    return StepCode.HEIGHT_TO_LENGTH if shift_cm > 0 else StepCode.LENGTH_TO_HEIGHT


def _index(row: _Row, index: Index) -> Iterator[Step]:
    """Explain one index, from its table row to its centile, or why it has no z-score."""
    if index not in INDICES_OF[row.standard]:
        yield NoAnswerStep(code=StepCode.NO_ANSWER, index=index, reason=NoAnswer.NOT_IN_STANDARD)
        return
    value = row.measured(index)
    length = float(row.table.length_height_cm[0])
    place = None
    if row.sex is not None:
        place = Place(index, row.standard, row.sex, row.age_days, row.day, row.position, length)
    found = None if place is None else look_up(place)
    k = row.table.indices.index(index)
    raw, z = float(row.table.raw[k, 0]), float(row.table.z[k, 0])
    if found is None or math.isnan(raw):
        reason, at = _why_not(row, index, in_table=found is not None)
        yield NoAnswerStep(code=StepCode.NO_ANSWER, index=index, reason=reason, at=at)
        return
    if index is Index.ACZ:
        yield ArmStep(code=StepCode.MM_TO_CM, index=index, mm=_only(row.columns.muac_mm), cm=value)
    yield found
    yield from _transform(index, value, found.lms, raw)
    yield RoundedStep(code=StepCode.ROUNDED, index=index, raw=raw, z=z)
    low, high = FLAG_LIMITS[index]
    yield FlagStep(code=StepCode.FLAG, index=index, z=z, low=low, high=high, flagged=bool(row.table.flagged[k, 0]))
    yield CentileStep(code=StepCode.CENTILE, index=index, z=z, centile=centile(z))


def _transform(index: Index, value: float, lms: Lms, raw: float) -> Iterator[Step]:
    """Explain the LMS formula, and WHO's straight tail where the index has one and z lies beyond 3."""
    y, power, median, variation = (np.array([part]) for part in (value, lms.power, lms.median, lms.variation))
    with np.errstate(divide="ignore", over="ignore"):
        if index in UNRESTRICTED:
            plain = float(normal_zscore(y, median, variation)[0])
        else:
            plain = float(zscore(y, power, median, variation)[0])
    yield PlainZStep(code=StepCode.PLAIN_Z, index=index, value=value, lms=lms, z=plain)
    if index in UNRESTRICTED or abs(plain) <= TAIL_START_Z:
        return
    sign = 1 if plain > 0 else -1
    yield TailStep(
        code=StepCode.TAIL,
        index=index,
        value=value,
        lms=lms,
        sign=sign,
        sd2=float(value_at_sd(sign * TAIL_STEP_FROM_Z, power, median, variation)[0]),
        sd3=float(value_at_sd(sign * TAIL_START_Z, power, median, variation)[0]),
        z=raw,
    )


def _why_not(row: _Row, index: Index, *, in_table: bool) -> tuple[NoAnswer, float | None]:
    """Return why there is no z-score, and the place in the table that has no row."""
    if row.sex is None:
        return NoAnswer.SEX_MISSING, None
    if index is not Index.WHZ and row.day is None:
        return NoAnswer.AGE_MISSING, None
    if in_table:
        oedema = index in BLANKED_BY_OEDEMA and bool(row.columns.oedema[0])
        return (NoAnswer.OEDEMA if oedema else NoAnswer.NOT_POSITIVE), None
    if index is Index.WHZ:
        return NoAnswer.LENGTH_OUTSIDE_TABLE, float(row.table.length_height_cm[0])
    if row.standard is Standard.WHO2007:
        return NoAnswer.AFTER_TABLE, months(row.age_days)
    return NoAnswer.BEFORE_TABLE, None if row.day is None else float(row.day)


def _columns(data: GrowthInput, *, age_days: int | None) -> Columns:
    return Columns.of(
        sex=SEX_CODES[data.sex],
        age_days=age_days,
        position=POSITION_CODES[data.position],
        oedema=bool(data.oedema),
        weight_kg=data.weight_kg,
        length_height_cm=data.length_height_cm,
        head_circumference_cm=data.head_circumference_cm,
        muac_mm=data.muac_mm,
    )


def _only(column: npt.NDArray[np.float64] | None) -> float:
    """Return the one number of a column, NaN where it is absent."""
    return math.nan if column is None else float(column[0])
