"""Which row, or which two rows, of WHO's tables gave L, M and S for one child: by the engine's own look-up.

The two rows of a straight line are read from the tables; what lies between them is the engine's answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.age import months
from children.growth.columns import POSITION_CODES
from children.growth.indices import LAST_MONTHS
from children.growth.lookup import (
    SLIPPED_CM,
    SLIPPED_MEAN_CM,
    age_offset,
    look_up_by_age,
    look_up_by_length,
    look_up_by_month,
    month_offset,
    reads_length_table,
)
from children.growth.steps.codes import StepCode, TableName
from children.growth.steps.kinds import ON_ROW, Lms, TableStep
from children.growth.tables import (
    HEIGHT_TABLE_CM,
    HEIGHT_TABLE_ROWS,
    LENGTH_TABLE_CM,
    LENGTH_TABLE_ROWS,
    ROWS_PER_CM,
    weight_lms,
)
from children.growth.types import Index, Position, Sex, Standard

YES = np.array([True])


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that chooses a row; a missing age is NaN and None. length_height_cm: converted, NaN if missing."""

    index: Index
    standard: Standard
    sex: Sex
    age_days: float
    day: int | None
    position: Position | None
    length_height_cm: float

    @property
    def sex_row(self) -> int:
        """0 boy, 1 girl, as the tables count."""
        return int(self.sex is Sex.FEMALE)


def look_up(place: Place) -> TableStep | None:
    """Return the row or rows that serve `place`, or None where its table has none."""
    if place.index is Index.WHZ:
        return _by_length(place)
    if place.day is None:
        return None
    return _by_day(place, place.day) if place.standard is Standard.WHO2006 else _by_month(place)


def _by_day(place: Place, day: int) -> TableStep | None:
    found = look_up_by_age(
        np.array([[age_offset(place.index)]]),
        usable=YES,
        sex_row=np.array([place.sex_row]),
        day=np.array([float(day)]),
    )
    return _one_row(place, TableName.BY_DAY, float(day), _lms(found[:, 0, 0]))


def _by_month(place: Place) -> TableStep | None:
    age_months = months(place.age_days)
    completed = math.floor(age_months)
    lms = _month_row(place, age_months)
    share = age_months - completed
    if math.isnan(lms.median) or share == 0:
        return _one_row(place, TableName.BY_MONTH, age_months, lms)
    return _between(
        place,
        TableName.BY_MONTH,
        at=age_months,
        rows=(float(completed), float(completed + 1)),
        share=share,
        below=_month_row(place, completed),
        above=_month_row(place, completed + 1),
        lms=lms,
    )


def _month_row(place: Place, age_months: float) -> Lms:
    found = look_up_by_month(
        np.array([[month_offset(place.index)]]),
        np.array([[LAST_MONTHS[place.index]]]),
        sex_known=YES,
        sex_row=np.array([place.sex_row]),
        month=np.array([float(age_months)]),
    )
    return _lms(found[:, 0, 0])


def _by_length(place: Place) -> TableStep | None:
    """Read weight-for-length or -height; the row is found as `look_up_by_length` finds it."""
    length = np.array([place.length_height_cm])
    lying = reads_length_table(
        np.array([POSITION_CODES[place.position]], dtype=np.int8),
        age_missing=np.array([place.day is None]),
        day=np.array([math.nan if place.day is None else float(place.day)]),
        length=length,
    )
    found = look_up_by_length(lying=lying, usable=YES, sex_row=np.array([place.sex_row]), length=length)
    lms = _lms(found[:, 0])
    by_length = bool(lying[0])
    name = TableName.BY_LENGTH if by_length else TableName.BY_HEIGHT
    if math.isnan(lms.median):
        return None
    first, rows = (LENGTH_TABLE_CM[0], LENGTH_TABLE_ROWS) if by_length else (HEIGHT_TABLE_CM[0], HEIGHT_TABLE_ROWS)
    in_rows = (place.length_height_cm - first) * ROWS_PER_CM + (place.length_height_cm in (SLIPPED_CM, SLIPPED_MEAN_CM))
    low = min(int(in_rows), rows - 2)
    table = weight_lms(lying=by_length, sex_row=place.sex_row)
    return _between(
        place,
        name,
        at=place.length_height_cm,
        rows=(first + low / ROWS_PER_CM, first + (low + 1) / ROWS_PER_CM),
        share=in_rows - low,
        below=_lms(table[:, low]),
        above=_lms(table[:, low + 1]),
        lms=lms,
    )


def _between(
    place: Place,
    table: TableName,
    *,
    at: float,
    rows: tuple[float, float],
    share: float,
    below: Lms,
    above: Lms,
    lms: Lms,
) -> TableStep | None:
    """Return the straight line between two rows, or the row itself where `at` is one."""
    if share < ON_ROW:
        return _one_row(place, table, rows[0], lms)
    if share > 1.0 - ON_ROW:
        return _one_row(place, table, rows[1], lms)
    return TableStep(
        code=StepCode.TABLE_ROWS,
        index=place.index,
        table=table,
        sex=place.sex,
        at=at,
        below_at=rows[0],
        above_at=rows[1],
        share=share,
        below=below,
        above=above,
        lms=lms,
    )


def _one_row(place: Place, table: TableName, at: float, lms: Lms) -> TableStep | None:
    if math.isnan(lms.median):
        return None
    return TableStep(
        code=StepCode.TABLE_ROW,
        index=place.index,
        table=table,
        sex=place.sex,
        at=at,
        below_at=at,
        above_at=at,
        share=0.0,
        below=lms,
        above=lms,
        lms=lms,
    )


def _lms(parameters: npt.NDArray[np.float64]) -> Lms:
    power, median, variation = parameters.tolist()
    return Lms(power, median, variation)
