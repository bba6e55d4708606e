"""Which row of which WHO table serves a measurement: L, M, S by age or by length.

Source: WHO Anthro; the rows themselves are in `tables.py`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from children.growth.age import FIRST_HEIGHT_DAY
from children.growth.columns import LENGTH_CODE, UNKNOWN_CODE
from children.growth.position import LENGTH_MINUS_HEIGHT_CM
from children.growth.tables import (
    AGE_BLOCK,
    AGE_INDICES,
    FIRST_MONTH,
    HEIGHT_TABLE_CM,
    HEIGHT_TABLE_ROWS,
    LAST_DAY,
    LENGTH_TABLE_CM,
    LENGTH_TABLE_ROWS,
    MONTH_BLOCK,
    MONTH_INDICES,
    MONTH_TABLE_ROWS,
    ROWS_PER_CM,
    who_tables,
)
from children.growth.types import Index

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

# Without age and position a child under 87 cm is taken as lying. Source: WHO Anthro.
LYING_BELOW_CM = 87.0

# By height table (0) and length table (1). The last row is reached from the one before it.
_FIRST_CM = np.array([HEIGHT_TABLE_CM[0], LENGTH_TABLE_CM[0]])
_LAST_CM = np.array([HEIGHT_TABLE_CM[1], LENGTH_TABLE_CM[1]])
_LAST_START = np.array([HEIGHT_TABLE_ROWS, LENGTH_TABLE_ROWS]) - 2.0
_FIRST_SLOT = np.array([0.0, 2.0 * LENGTH_TABLE_ROWS])
_MISSING_SLOT = 4.0 * LENGTH_TABLE_ROWS


# 102.39999999999999: a child of 24 months or more who measured 103.1 cm lying. WHO's software looks for the row below
# at the whole part of ten times the length, 1023, and for the row above at that of ten times the length plus one, which
# its floating-point sum carries to 1025: it reads the row of 102.5 cm where 102.4 was meant. No other length with one
# decimal is read so. Copied, so that every number is WHO's; it moves WHZ by about 0.02.
SLIPPED_CM = 103.1 - LENGTH_MINUS_HEIGHT_CM

# 51.199999999999996: the same slip at ten times 51.2 = 512, where the spacing of floating-point numbers doubles as at
# 1024. A mean of readings can be this number; it moves WHZ by up to 0.1.
SLIPPED_MEAN_CM = math.nextafter(51.2, 0.0)


def age_offset(index: Index) -> int:
    """Return where the rows of one index begin in the flat tables by age."""
    return AGE_INDICES.index(index) * AGE_BLOCK


def look_up_by_age(
    offsets: IntArray, *, usable: BoolArray, sex_row: IntArray, day: FloatArray, out: FloatArray | None = None
) -> FloatArray:
    """Return L, M, S by index, sex and day, shape (3, k, n); NaN where not usable. Written into `out` if given.

    offsets: of the indices, shape (k, 1). sex_row: 0 boy, 1 girl. day: rounded, 0-1826 where usable.
    """
    slots = np.where(usable, sex_row * (LAST_DAY + 1.0) + day, AGE_BLOCK - 1.0).astype(np.intp) + offsets
    found = np.empty((3, *slots.shape)) if out is None else out
    for table, rows in zip(who_tables().age, found, strict=True):
        table.take(slots, out=rows, mode="clip")  # every slot is inside; "raise" would take a detour by a copy
    return found


def month_offset(index: Index) -> int:
    """Return where the rows of one index of WHO 2007 begin in the flat tables by month."""
    return MONTH_INDICES.index(index) * MONTH_BLOCK


def look_up_by_month(
    offsets: IntArray, last_months: FloatArray, *, sex_known: BoolArray, sex_row: IntArray, month: FloatArray
) -> FloatArray:
    """Return L, M, S of WHO 2007 by index, sex and decimal month, shape (3, k, n), straight between completed months.

    offsets, last_months: of the indices, shape (k, 1). month: unrounded, shape (n,). NaN outside 60.00 to the index's
    last month, both included, and where the sex is not known.
    """
    usable = sex_known & (month >= FIRST_MONTH) & (month <= last_months)
    completed = np.floor(month)
    row = sex_row * float(MONTH_TABLE_ROWS) + (completed - FIRST_MONTH)
    slot = np.where(usable, row, MONTH_BLOCK - 1.0).astype(np.intp)
    rows = who_tables().month.take(slot + offsets, axis=1)
    mixed: FloatArray = rows[:3] + (month - completed) * rows[3:]
    return mixed


def reads_length_table(
    position: npt.NDArray[np.int8], *, age_missing: BoolArray, day: FloatArray, length: FloatArray
) -> BoolArray:
    """Tell which rows read weight-for-length: by age; without age by position; without both, under 87 cm."""
    lying = day < FIRST_HEIGHT_DAY
    if age_missing.any():
        by_position = np.where(position == UNKNOWN_CODE, length < LYING_BELOW_CM, position == LENGTH_CODE)
        lying = np.where(age_missing, by_position, lying)
    return lying


def look_up_by_length(*, lying: BoolArray, usable: BoolArray, sex_row: IntArray, length: FloatArray) -> FloatArray:
    """Return L, M, S of weight-for-length or -height, shape (3, n), straight between the rows of 0.1 cm.

    A length outside its table has no answer, and the other table is not tried.
    """
    which = lying.view(np.int8)
    place = (length - _FIRST_CM.take(which)) * ROWS_PER_CM
    inside = usable & (place >= 0.0) & (length <= _LAST_CM.take(which))
    row = np.minimum(np.floor(place), _LAST_START.take(which))
    slot = np.where(inside, _FIRST_SLOT.take(which) + sex_row * LENGTH_TABLE_ROWS + row, _MISSING_SLOT).astype(np.intp)
    rows = who_tables().weight.take(slot, axis=1)
    mixed: FloatArray = rows[:3] + (place - row) * rows[3:]
    slipped = ((length == SLIPPED_CM) | (length == SLIPPED_MEAN_CM)) & inside
    if slipped.any():
        mixed[:, slipped] += who_tables().weight.take(slot[slipped] + 1, axis=1)[3:]
    return mixed
