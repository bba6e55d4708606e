"""The vectorised core: measurements in columns in, z-scores and flags by WHO 2006 or 2007 out, for one or a million.

Gives WHO's own answer to every input, also to the ones that a record refuses. No loop over children; rows are worked
on in chunks that fit the processor's cache. Which class follows from a z is decided in `classification.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from children.growth.age import (
    DAYS_PER_MONTH,
    REFERENCE_LAST_MONTHS,
    REFERENCE_WEIGHT_LAST_MONTHS,
    STANDARD_ENDS_MONTHS,
)
from children.growth.columns import UNKNOWN_CODE, Columns
from children.growth.lms import TAIL_START_Z, normal_zscore, restrict_zscore, zscore
from children.growth.lookup import (
    age_offset,
    look_up_by_age,
    look_up_by_length,
    look_up_by_month,
    month_offset,
    reads_length_table,
)
from children.growth.plausibility import FLAG_LIMITS
from children.growth.position import convert_length_height, implausible_position
from children.growth.types import Index, Standard

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

# Length/height and head circumference are normal (L = 1) and keep the plain z. Source: WHO 2006, Methods, ch. 7.
UNRESTRICTED = frozenset({Index.HAZ, Index.HCZ})

# Oedema is water: a weight with it says nothing of growth. Source: WHO Anthro.
BLANKED_BY_OEDEMA = frozenset({Index.WAZ, Index.WHZ, Index.BAZ})

# Order of the rows of a table: the normal ones first, weight-for-length/height last.
INDICES_OF = {
    Standard.WHO2006: (
        Index.HAZ,
        Index.HCZ,
        Index.WAZ,
        Index.BAZ,
        Index.ACZ,
        Index.TSZ,
        Index.SSZ,
        Index.WHZ,
    ),
    Standard.WHO2007: (Index.HAZ, Index.WAZ, Index.BAZ),
}

LAST_MONTHS = {Index.WAZ: REFERENCE_WEIGHT_LAST_MONTHS, **dict.fromkeys((Index.HAZ, Index.BAZ), REFERENCE_LAST_MONTHS)}

Z_DECIMALS = 2
MM_PER_CM = 10.0
CM_PER_M = 100.0
CHUNK_ROWS = 16_384

# Half a day rounds up, as WHO rounds. The number just below 0.5, because 0.5 would carry itself over to 1.
HALF_UP = np.nextafter(0.5, 0.0)

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


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a set of indices needs in the core, worked out once per set.

    normal: number of leading rows with L = 1. by_age: number of rows looked up by age; weight-for-length, if wanted, is
    the last. offsets: of their tables, shape (by_age, 1). last_months: WHO 2007 only, shape (k, 1). limits: of
    plausible z, shape (k, 2). blanked_by_oedema: rows, shape (m, 1).
    """

    standard: Standard
    indices: tuple[Index, ...]
    normal: int
    by_age: int
    offsets: IntArray
    last_months: FloatArray
    limits: FloatArray
    blanked_by_oedema: IntArray


@cache
def _plan(indices: tuple[Index, ...], standard: Standard) -> _Plan:
    by_age = [index for index in indices if index is not Index.WHZ]
    offset = age_offset if standard is Standard.WHO2006 else month_offset
    return _Plan(
        standard=standard,
        indices=indices,
        normal=sum(index in UNRESTRICTED for index in indices),
        by_age=len(by_age),
        offsets=np.array([offset(index) for index in by_age], dtype=np.intp).reshape(-1, 1),
        last_months=np.array([LAST_MONTHS.get(index, np.nan) for index in by_age]).reshape(-1, 1),
        limits=np.array([FLAG_LIMITS[index] for index in indices]).reshape(-1, 2),
        blanked_by_oedema=np.array(
            [k for k, index in enumerate(indices) if index in BLANKED_BY_OEDEMA], dtype=np.intp
        ).reshape(-1, 1),
    )


def compute_zscores(
    columns: Columns, *, indices: Collection[Index] | None = None, standard: Standard = Standard.WHO2006
) -> ZScoreTable:
    """Return z-scores and flags of every measurement, exactly as WHO's software gives them.

    indices: those wanted, default all that the standard has and whose measurements are present. Ages outside the
    standard have no z: WHO 2006 serves below 60 months, WHO 2007 from 60 to 228 (weight to 120).
    Sources: WHO 2006 Methods and development, ch. 7; de Onis et al. 2007, Bull WHO 85:660-667. Rules compared row by
    row with WHO's R packages anthro 1.1.0 and anthroplus 1.0.0.
    """
    present = _present(columns, standard)
    plan = _plan(present if indices is None else tuple(index for index in present if index in indices), standard)
    n, k = len(columns), len(plan.indices)
    out = ZScoreTable(
        indices=plan.indices,
        z=np.empty((k, n)),
        raw=np.empty((k, n)),
        flagged=np.empty((k, n), dtype=np.bool_),
        length_height_cm=np.empty(n),
        bmi=np.empty(n),
        implausible_position=np.empty(n, dtype=np.bool_),
    )
    scratch = np.empty((6, k, min(n, CHUNK_ROWS)))
    for start in range(0, n, CHUNK_ROWS):
        rows = slice(start, min(start + CHUNK_ROWS, n))
        part = columns if n <= CHUNK_ROWS else columns[rows]
        if len(part) < scratch.shape[2]:  # the last piece; reused memory must have no gaps
            scratch = np.empty((6, k, len(part)))
        _fill(out, rows, part, plan, scratch)
    return out


def _present(columns: Columns, standard: Standard) -> tuple[Index, ...]:
    """Return the indices of the standard whose measurements the columns hold."""
    length = columns.length_height_cm is not None
    weight = columns.weight_kg is not None
    has = {
        Index.HAZ: length,
        Index.WAZ: weight,
        Index.WHZ: length and weight,
        Index.BAZ: length and weight,
        Index.HCZ: columns.head_circumference_cm is not None,
        Index.ACZ: columns.muac_mm is not None,
        Index.TSZ: columns.triceps_mm is not None,
        Index.SSZ: columns.subscapular_mm is not None,
    }
    return tuple(index for index in INDICES_OF[standard] if has[index])


@np.errstate(invalid="ignore", divide="ignore", over="ignore")
def _fill(out: ZScoreTable, rows: slice, columns: Columns, plan: _Plan, scratch: FloatArray) -> None:
    """Compute `columns` into the rows of `out`. scratch: float64, shape (6, k, n): values, L, M, S, raw z, and room."""
    values, lms, raw, room = scratch[0], scratch[1:4], scratch[4], scratch[5]
    first_standard = plan.standard is Standard.WHO2006
    day = np.floor(columns.age_days + HALF_UP)
    length, weight = columns.length_height_cm, columns.weight_kg
    out.implausible_position[rows] = False
    if first_standard:
        implausible = implausible_position(age_days=columns.age_days, position=columns.position)
        out.implausible_position[rows] = implausible
        if length is not None:
            length = convert_length_height(
                length_height_cm=length, day=day, position=columns.position, implausible=implausible
            )
    else:  # AnthroPlus refuses values < 0; the square of a negative height would give a plausible BMI
        length, weight = (None if part is None else np.where(part < 0.0, np.nan, part) for part in (length, weight))
    bmi = np.nan if length is None or weight is None else weight / np.square(length / CM_PER_M)
    out.length_height_cm[rows] = np.nan if length is None else length
    out.bmi[rows] = bmi

    measured = _values(columns, length=length, weight=weight, bmi=bmi)
    for k, index in enumerate(plan.indices):
        values[k] = measured[index]
    sex_row = columns.sex.astype(np.intp) - 1
    if first_standard:
        # WHO Anthro blanks values <= 0, but not the weight of weight-for-length, where 0 has an (absurd) answer;
        # AnthroPlus blanks no 0.
        dated = values[: plan.by_age]
        dated[dated <= 0.0] = np.nan
        _look_up(lms, columns, plan, day=day, sex_row=sex_row, length=length)
    elif plan.indices:
        lms[:] = look_up_by_month(
            plan.offsets,
            plan.last_months,
            sex_known=columns.sex != UNKNOWN_CODE,
            sex_row=sex_row,
            month=columns.age_days / DAYS_PER_MONTH,
        )

    z, flagged = out.z[:, rows], out.flagged[:, rows]
    normal, skew = slice(plan.normal), slice(plan.normal, None)
    normal_zscore(values[normal], *lms[1:, normal], out=raw[normal])
    zscore(values[skew], *lms[:, skew], out=raw[skew], room=room[skew])
    swollen = np.flatnonzero(columns.oedema)
    if len(swollen):
        raw[plan.blanked_by_oedema, swollen] = np.nan
    np.greater(np.abs(raw, out=room), TAIL_START_Z, out=flagged)
    far_out = flagged.any()
    if far_out:
        _bend_tails(raw, flagged, values, lms, plan)
    out.raw[:, rows] = raw
    np.round(raw, Z_DECIMALS, out=z)
    if far_out:  # the limits of the flags lie beyond the tails' start
        huge = np.abs(raw, out=room) > HUGE_Z
        z[huge] = raw[huge]
        np.logical_or(z < plan.limits[:, :1], z > plan.limits[:, 1:], out=flagged)


def _bend_tails(raw: FloatArray, far: BoolArray, values: FloatArray, lms: FloatArray, plan: _Plan) -> None:
    """Put WHO's straight tails into `raw` where `far`, but not for the normal indices; all of shape (k, n)."""
    beyond = far.copy()
    beyond[: plan.normal] = False
    at = np.flatnonzero(beyond)
    bent = restrict_zscore(raw.take(at), values.take(at), *lms.reshape(3, -1).take(at, axis=1))
    raw.put(at, bent)


def _values(
    columns: Columns, *, length: FloatArray | None, weight: FloatArray | None, bmi: FloatArray | float
) -> dict[Index, FloatArray | float | None]:
    """Return the measurement behind each index, in the unit of its table."""
    muac_mm = columns.muac_mm
    return {
        Index.HAZ: length,
        Index.WAZ: weight,
        Index.WHZ: weight,
        Index.BAZ: bmi,
        Index.HCZ: columns.head_circumference_cm,
        Index.ACZ: None if muac_mm is None else muac_mm / MM_PER_CM,  # the table is in cm
        Index.TSZ: columns.triceps_mm,
        Index.SSZ: columns.subscapular_mm,
    }


def _look_up(
    lms: FloatArray,
    columns: Columns,
    plan: _Plan,
    *,
    day: FloatArray,
    sex_row: IntArray,
    length: FloatArray | None,
) -> None:
    """Write L, M, S of every index and row of WHO 2006 into `lms`, shape (3, k, n); NaN where it has no answer."""
    # A missing age is NaN and fails the comparison.
    in_standard = columns.age_days < STANDARD_ENDS_MONTHS * DAYS_PER_MONTH
    sex_known = columns.sex != UNKNOWN_CODE
    if plan.by_age:
        usable = in_standard & sex_known
        look_up_by_age(plan.offsets, usable=usable, sex_row=sex_row, day=day, out=lms[:, : plan.by_age])
    if plan.by_age < len(plan.indices) and length is not None:
        age_missing = np.isnan(day)
        lying = reads_length_table(columns.position, age_missing=age_missing, day=day, length=length)
        usable = (in_standard | age_missing) & sex_known
        lms[:, -1] = look_up_by_length(lying=lying, usable=usable, sex_row=sex_row, length=length)
