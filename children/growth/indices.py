"""The vectorised core: columns of measurements in, WHO 2006 z-scores and flags out, for one child or a million.

Gives WHO's own answer to every input, also to the ones that a record refuses. No loop over children; rows are worked
on in chunks that fit the processor's cache. Which class follows from a z is decided in `classification.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH, FIRST_HEIGHT_DAY, STANDARD_ENDS_MONTHS
from children.growth.columns import LENGTH_CODE, Columns
from children.growth.lms import TAIL_START_Z, restrict_zscore, zscore
from children.growth.plausibility import FLAG_LIMITS
from children.growth.position import convert_length_height, implausible_position
from children.growth.tables import (
    AGE_INDICES,
    HEIGHT_TABLE_CM,
    LAST_DAY,
    LENGTH_TABLE_CM,
    ROWS_PER_CM,
    WhoTables,
    who_tables,
)
from children.growth.types import Index

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

# Length/height and head circumference are normal (L = 1) and keep the plain z. Source: WHO 2006, Methods, ch. 7.
UNRESTRICTED = frozenset({Index.HAZ, Index.HCZ})

# Oedema is water: a weight with it says nothing of growth. Source: WHO Anthro.
BLANKED_BY_OEDEMA = frozenset({Index.WAZ, Index.WHZ, Index.BAZ})

# Without age and position a child under 87 cm is taken as lying. Source: WHO Anthro.
LYING_BELOW_CM = 87.0

Z_DECIMALS = 2
MM_PER_CM = 10.0
CM_PER_M = 100.0
CHUNK_ROWS = 16_384

# np.round works by multiplying with 100, which moves the last digit of numbers of 1e15 and more. Such z come from the
# BMI of a child of 0.001 cm.
HUGE_Z = 1e12


@dataclass(frozen=True, slots=True)
class ZScoreTable:
    """z-scores of n measurements; row k of the arrays belongs to indices[k].

    z: float64, shape (k, n), rounded to 2 decimals, NaN if missing. raw: the same before rounding. flagged: bool,
    shape (k, n), False where z is missing. length_height_cm: after conversion, shape (n,). bmi: kg/m2, shape (n,).
    implausible_position: bool, shape (n,).
    """

    indices: tuple[Index, ...]
    z: FloatArray
    raw: FloatArray
    flagged: BoolArray
    length_height_cm: FloatArray
    bmi: FloatArray
    implausible_position: BoolArray

    def column(self, index: Index) -> FloatArray:
        """Return the rounded z-scores of one index, shape (n,); all NaN if its measurement was absent."""
        if index not in self.indices:
            return np.full(self.z.shape[1], np.nan)
        column: FloatArray = self.z[self.indices.index(index)]
        return column

    def flag_column(self, index: Index) -> FloatArray:
        """Return the flags of one index as WHO's files write them: 1, 0, NaN where z is missing; shape (n,)."""
        z = self.column(index)
        if index not in self.indices:
            return z
        return np.where(np.isnan(z), np.nan, self.flagged[self.indices.index(index)])


def compute_zscores(columns: Columns, *, indices: Sequence[Index] | None = None) -> ZScoreTable:
    """Return z-scores and flags of every measurement, exactly as WHO's software gives them.

    indices: those wanted, default all whose measurements are present. Source: WHO 2006 Methods and development, ch. 7;
    rules compared row by row with WHO's R package anthro 1.1.0.
    """
    wanted = tuple(index for index in (*AGE_INDICES, Index.WHZ) if indices is None or index in indices)
    wanted = tuple(index for index in wanted if _is_present(index, columns))
    n = len(columns)
    if n <= CHUNK_ROWS:
        return _compute_chunk(columns, wanted)
    out = ZScoreTable(
        indices=wanted,
        z=np.empty((len(wanted), n)),
        raw=np.empty((len(wanted), n)),
        flagged=np.empty((len(wanted), n), dtype=np.bool_),
        length_height_cm=np.empty(n),
        bmi=np.empty(n),
        implausible_position=np.empty(n, dtype=np.bool_),
    )
    for start in range(0, n, CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        part = _compute_chunk(columns[rows], wanted)
        out.z[:, rows], out.raw[:, rows], out.flagged[:, rows] = part.z, part.raw, part.flagged
        out.length_height_cm[rows], out.bmi[rows] = part.length_height_cm, part.bmi
        out.implausible_position[rows] = part.implausible_position
    return out


def _is_present(index: Index, columns: Columns) -> bool:
    """Tell whether the columns hold the measurements that an index is made of."""
    needed = {
        Index.HAZ: (columns.length_height_cm,),
        Index.WAZ: (columns.weight_kg,),
        Index.WHZ: (columns.weight_kg, columns.length_height_cm),
        Index.BAZ: (columns.weight_kg, columns.length_height_cm),
        Index.HCZ: (columns.head_circumference_cm,),
        Index.ACZ: (columns.muac_mm,),
        Index.TSZ: (columns.triceps_mm,),
        Index.SSZ: (columns.subscapular_mm,),
    }
    return all(column is not None for column in needed[index])


@np.errstate(invalid="ignore", divide="ignore", over="ignore")
def _compute_chunk(columns: Columns, wanted: tuple[Index, ...]) -> ZScoreTable:
    tables = who_tables()
    age = columns.age_days
    day = np.floor(age + 0.5)  # half up, as WHO rounds
    implausible = implausible_position(age_days=age, position=columns.position)
    absent = np.full(len(columns), np.nan)
    length = absent
    if columns.length_height_cm is not None:
        length = convert_length_height(
            length_height_cm=columns.length_height_cm, day=day, position=columns.position, implausible=implausible
        )
    weight = absent if columns.weight_kg is None else columns.weight_kg
    bmi = weight / np.square(length / CM_PER_M)

    values = np.empty((len(wanted), len(columns)))
    for k, index in enumerate(wanted):
        values[k] = _values(index, columns, length=length, bmi=bmi)
    lms = np.empty((3, *values.shape))
    by_age = [index for index in wanted if index is not Index.WHZ]
    if by_age:
        # The float NaN of a missing age fails the comparison and points to the NaN slot.
        usable = (age < STANDARD_ENDS_MONTHS * DAYS_PER_MONTH) & (columns.sex > 0)
        lms[:, : len(by_age)] = _lms_by_age(tables, by_age, sex=columns.sex, day=day, usable=usable)
        # WHO blanks values <= 0, but not the weight of weight-for-length, where 0 has an (absurd) answer.
        values[: len(by_age)][values[: len(by_age)] <= 0.0] = np.nan
    if Index.WHZ in wanted:
        lms[:, -1] = _lms_by_length(tables, columns, day=day, length=length)

    power, median, variation = lms
    raw = zscore(values, power, median, variation)
    _restrict_in_place(raw, wanted, values, lms)
    for k, index in enumerate(wanted):
        if index in BLANKED_BY_OEDEMA:
            raw[k, columns.oedema] = np.nan
    z = _round(raw)
    limits = np.array([FLAG_LIMITS[index] for index in wanted]).reshape(-1, 2)
    flagged = (z < limits[:, :1]) | (z > limits[:, 1:])
    return ZScoreTable(wanted, z, raw, flagged, length, bmi, implausible)


def _values(index: Index, columns: Columns, *, length: FloatArray, bmi: FloatArray) -> FloatArray | None:
    """Return the measurement behind one index, in the unit of its table."""
    if index is Index.HAZ:
        return length
    if index is Index.BAZ:
        return bmi
    if index is Index.HCZ:
        return columns.head_circumference_cm
    if index is Index.TSZ:
        return columns.triceps_mm
    if index is Index.SSZ:
        return columns.subscapular_mm
    if index is Index.ACZ:
        assert columns.muac_mm is not None
        return columns.muac_mm / MM_PER_CM  # the table is in cm
    return columns.weight_kg


def _lms_by_age(
    tables: WhoTables, by_age: Sequence[Index], *, sex: npt.NDArray[np.int8], day: FloatArray, usable: BoolArray
) -> FloatArray:
    """Look up L, M, S by index, sex and rounded day, shape (3, len(by_age), n); NaN where not usable."""
    row = (sex.astype(np.intp) - 1) * (LAST_DAY + 1) + np.where(usable, day, 0.0).astype(np.intp)
    offsets = np.array([AGE_INDICES.index(index) for index in by_age], dtype=np.intp) * (2 * (LAST_DAY + 1))
    slots = np.where(usable, offsets[:, None] + row, tables.missing_slot)
    return np.take(tables.age, slots, axis=1)


def _lms_by_length(tables: WhoTables, columns: Columns, *, day: FloatArray, length: FloatArray) -> FloatArray:
    """Look up L, M, S of weight-for-length or -height, shape (3, n), linear between the rows of 0.1 cm.

    The age decides on the table; without age the position; without both the length, under 87 cm lying. A length
    outside its table has no answer, and the other table is not tried. A known age of 60 months or more has none.
    """
    age_missing = np.isnan(day)
    by_position = np.where(columns.position > 0, columns.position == LENGTH_CODE, length < LYING_BELOW_CM)
    lying = np.where(age_missing, by_position, day < FIRST_HEIGHT_DAY)
    in_age = age_missing | (columns.age_days < STANDARD_ENDS_MONTHS * DAYS_PER_MONTH)
    usable = in_age & (columns.sex > 0)
    out = np.full((3, len(length)), np.nan)
    for use, table, (low, high) in (
        (usable & lying, tables.length, LENGTH_TABLE_CM),
        (usable & ~lying, tables.height, HEIGHT_TABLE_CM),
    ):
        at = np.flatnonzero(use & (length >= low) & (length <= high))
        if at.size:
            place = (length[at] - low) * ROWS_PER_CM
            below = np.minimum(place.astype(np.intp), table.shape[2] - 2)
            share = place - below
            sex_row = columns.sex[at] - 1
            first = table[:, sex_row, below]
            out[:, at] = first + share * (table[:, sex_row, below + 1] - first)
    return out


def _restrict_in_place(raw: FloatArray, wanted: tuple[Index, ...], values: FloatArray, lms: FloatArray) -> None:
    """Replace what lies beyond +-3 by WHO's straight tails, in the rows of the indices that have them."""
    beyond = np.abs(raw) > TAIL_START_Z
    for k, index in enumerate(wanted):
        if index in UNRESTRICTED:
            beyond[k] = False
    if beyond.any():
        power, median, variation = lms[:, beyond]
        raw[beyond] = restrict_zscore(raw[beyond], values[beyond], power, median, variation)


def _round(raw: FloatArray) -> FloatArray:
    """Return z rounded to 2 decimals. Where doubles have no decimals left, the value stays as it is."""
    z = np.round(raw, Z_DECIMALS)
    huge = np.abs(raw) > HUGE_Z
    if huge.any():
        z[huge] = raw[huge]
    return z
