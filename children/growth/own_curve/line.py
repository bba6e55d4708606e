"""The child's own line: how far a value lies from what the child's earlier visits lead to expect.

A child keeps about its z-score from visit to visit; how far it may stray is a function of the interval. A value is
compared with each of the last visits and the best agreement counts, so that one wrong visit in the record does not make
every right one after it look wrong. A child without earlier visits is compared with its age. What follows from a
distance is decided in `suspect.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from children.growth.age import (
    FIRST_HEIGHT_DAY,
    PRETERM_BELOW_DAYS,
    STANDARD_ENDS_MONTHS,
    TERM_DAYS,
    months,
    standard_at,
)
from children.growth.columns import POSITION_CODES, SEX_CODES, Columns
from children.growth.curves import measurement_at_z
from children.growth.indices import INDICES_OF, ZScoreTable, compute_zscores
from children.growth.own_curve.readings import INDEX_OF_FIELD, SLIP_FIELDS, SlipField
from children.growth.position import LENGTH_MINUS_HEIGHT_CM
from children.growth.types import GrowthInput, Index, Position, Sex, Source, Standard
from children.growth.validation import HARD_LIMITS

# Earlier visits that a value may agree with. With two, a wrong one outweighs a right one too easily; more brings in old
# visits that allow almost anything. A judgement.
POINTS = 3

# How far z may move between two visits: this much at once, that much in a year and longer, and with the root of the
# interval between, as a wandering value moves. A judgement. Healthy children rarely move by more than 0.25 z a year
# after infancy (de Wit et al. 2013, J Pediatr 162:415-420); infants, illness and treatment move much faster. 1 z is
# 10-12 % of a weight, 2-4 cm of length or 12 mm of arm: several times the error of measuring.
Z_CHANGE_AT_ONCE = 1.0
Z_CHANGE_IN_A_YEAR = 2.5
DAYS_PER_YEAR = 365.25

# The same for values that no reference covers (arm and head from 5 years, weight from 10 years): change of the
# logarithm at once and in a year. A judgement: in adolescence weight may grow by a third in a year.
LOG_CHANGE: dict[SlipField, tuple[float, float]] = {
    "weight_kg": (0.15, 0.45),
    "length_height_cm": (0.05, 0.15),
    "muac_mm": (0.15, 0.35),
    "head_circumference_cm": (0.04, 0.08),
}

# A value as near as this to the child's line, on the scale of `deviances`, belongs to it. Half of what is allowed: a
# judgement.
NEAR = 0.5

# WHO's widest flag: without a line an unflagged z of this size is just NEAR.
WIDEST_FLAG_Z = 6.0

_INDICES = (*INDEX_OF_FIELD.values(), Index.WHZ)


@dataclass(frozen=True, slots=True)
class Point:
    """An earlier value of one field.

    value: as recorded; comparable: the same, a length or height in the position of the new visit. z, waz, whz: NaN
    where no standard covers it. days_ago: before the new visit.
    """

    visit: GrowthInput
    value: float
    comparable: float
    z: float
    waz: float
    whz: float
    days_ago: int


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A new visit beside the child's earlier ones.

    z: of the new values, NaN where missing. points: earlier values of each field, newest first. deviance: how far each
    new value lies from the line, 1 being as far as the interval allows; NaN where there is nothing to compare with.
    """

    visit: GrowthInput
    z: Mapping[SlipField, float]
    points: Mapping[SlipField, tuple[Point, ...]]
    deviance: Mapping[SlipField, float]

    def has(self, field: SlipField) -> bool:
        """Tell whether the new value of `field` could be compared with an earlier one."""
        return not math.isnan(self.deviance[field])

    def deviances(self, field: SlipField, values: Sequence[float]) -> list[float]:
        """Return how far each of some values of `field` would lie from the line; infinity beyond the hard limits.

        Without a line: infinity where WHO flags the value for the age (for either sex where it is not known), else at
        most NEAR, the less the nearer to the median.
        """
        possible = [value for value in values if HARD_LIMITS[field].low <= value <= HARD_LIMITS[field].high]
        visits = [with_value(self.visit, field, value) for value in possible]
        if not visits:
            judged = []
        elif self.has(field):
            scores = _zscores(visits)[INDEX_OF_FIELD[field]]
            judged = [
                deviance(field, value, z, at=self.visit, points=self.points[field])
                for value, z in zip(possible, scores, strict=True)
            ]
        else:
            judged = _deviances_from_age(field, visits)
        found = dict(zip(possible, judged, strict=True))
        return [found.get(value, math.inf) for value in values]

    def expected(self, field: SlipField) -> float | None:
        """Return what a child that kept its last z has at the new visit, in the unit of `field`; None if unknown."""
        if not self.points[field]:
            return None
        value = _value_at(field, self.points[field][0].z, self.visit)
        if value is None or field != "length_height_cm":
            return value
        return value - _added_by_lying(self.visit)

    def expected_growth_cm(self, point: Point) -> float | None:
        """Return the growth since an earlier length or height of a child that keeps its z; None if unknown."""
        now = _value_at("length_height_cm", point.z, self.visit)
        then = _value_at("length_height_cm", point.z, point.visit)
        if now is None or then is None:
            return None
        stood_up = _expects_standing(self.visit) and not _expects_standing(point.visit)
        return now - then + LENGTH_MINUS_HEIGHT_CM * stood_up


def with_value(visit: GrowthInput, field: SlipField, value: float) -> GrowthInput:
    """Return the visit with another value in one field."""
    changed: dict[str, Any] = {field: value}
    return replace(visit, **changed)


def largest_z_change(days: float) -> float:
    """Return how far z may plausibly move between two visits `days` apart; see Z_CHANGE_AT_ONCE."""
    return _between(Z_CHANGE_AT_ONCE, Z_CHANGE_IN_A_YEAR, days)


def own_line(visit: GrowthInput, earlier: Sequence[GrowthInput]) -> OwnLine:
    """Compare a new visit with the child's visits of earlier days, given in any order.

    A field measured by hand before is compared with values by hand alone, else with scans. Ages are corrected for
    prematurity throughout, also after 24 months, so that the end of the correction is no jump.
    """
    newest_first = sorted(earlier, key=lambda past: past.age_days or 0, reverse=True)
    serving = {field: _serving(field, newest_first) for field in SLIP_FIELDS}
    rows = sorted({k for places in serving.values() for k in places})
    scores = _zscores([visit, *(newest_first[k] for k in rows)])
    row_of = {k: row for row, k in enumerate(rows, start=1)}
    z = {field: scores[INDEX_OF_FIELD[field]][0] for field in SLIP_FIELDS}
    points = {
        field: tuple(_point(field, newest_first[k], visit, scores, row=row_of[k]) for k in places)
        for field, places in serving.items()
    }
    deviances = {
        field: deviance(field, getattr(visit, field), z[field], at=visit, points=points[field]) for field in SLIP_FIELDS
    }
    return OwnLine(visit, z, points, deviances)


def deviance(field: SlipField, value: float | None, z: float, *, at: GrowthInput, points: Sequence[Point]) -> float:
    """Return how far `value` lies from the point that it agrees with best; NaN where none can be compared."""
    found = [math.nan] if value is None else [_deviance_from(point, field, value, z, at) for point in points]
    return min((d for d in found if not math.isnan(d)), default=math.nan)


def _deviance_from(point: Point, field: SlipField, value: float, z: float, at: GrowthInput) -> float:
    if not math.isnan(z) and not math.isnan(point.z):
        return abs(z - point.z) / largest_z_change(point.days_ago)
    if at.age_days is not None and months(at.age_days) >= STANDARD_ENDS_MONTHS:
        return abs(math.log(value / point.comparable)) / _between(*LOG_CHANGE[field], point.days_ago)
    return math.nan


def _deviances_from_age(field: SlipField, visits: Sequence[GrowthInput]) -> list[float]:
    sexes = list(Sex) if visits[0].sex is None else [visits[0].sex]
    judged = []
    for sex in sexes:
        table = _table([replace(visit, sex=sex) for visit in visits], standard=_standard(visits[0]))
        index = INDEX_OF_FIELD[field]
        if index not in table.indices:
            return [0.0] * len(visits)
        row = table.indices.index(index)
        size = np.nan_to_num(np.abs(table.raw[row]), nan=0.0) * (NEAR / WIDEST_FLAG_Z)
        judged.append(np.where(table.flagged[row], np.inf, size))
    nearest: list[float] = np.min(judged, axis=0).tolist()
    return nearest


def _serving(field: SlipField, newest_first: Sequence[GrowthInput]) -> list[int]:
    """Return the places of the visits that a field is compared with: by hand, or scans if it was never so taken."""
    taken = [k for k, past in enumerate(newest_first) if getattr(past, field) is not None]
    by_hand = [k for k in taken if newest_first[k].source is Source.MANUAL]
    return (by_hand or taken)[:POINTS]


def _point(
    field: SlipField, past: GrowthInput, now: GrowthInput, scores: Mapping[Index, Sequence[float]], *, row: int
) -> Point:
    return Point(
        visit=past,
        value=getattr(past, field),
        comparable=_comparable(field, past, now),
        z=scores[INDEX_OF_FIELD[field]][row],
        waz=scores[Index.WAZ][row],
        whz=scores[Index.WHZ][row],
        days_ago=(now.age_days or 0) - (past.age_days or 0),
    )


def _between(at_once: float, in_a_year: float, days: float) -> float:
    return at_once + (in_a_year - at_once) * math.sqrt(min(1.0, days / DAYS_PER_YEAR))


def _growth_age_days(visit: GrowthInput) -> float:
    """Return the age from term in days where the child was born early; NaN if unknown or before term."""
    if visit.age_days is None:
        return math.nan
    gestation = visit.gestation_days
    early = 0 if gestation is None or gestation >= PRETERM_BELOW_DAYS else TERM_DAYS - gestation
    return visit.age_days - early if visit.age_days >= early else math.nan


def _standard(visit: GrowthInput) -> Standard:
    return standard_at(_growth_age_days(visit)) or Standard.WHO2007


def _zscores(visits: Sequence[GrowthInput]) -> dict[Index, list[float]]:
    """Return the unrounded z of each visit, each by the standard of its age; NaN where there is none."""
    standards = [_standard(visit) for visit in visits]
    scores: dict[Index, npt.NDArray[np.float64]] = {index: np.full(len(visits), np.nan) for index in _INDICES}
    for standard in set(standards):
        rows = [k for k, other in enumerate(standards) if other is standard]
        table = _table([visits[k] for k in rows], standard=standard)
        for index, raw in zip(table.indices, table.raw, strict=True):
            scores[index][rows] = raw
    return {index: column.tolist() for index, column in scores.items()}


def _table(visits: Sequence[GrowthInput], *, standard: Standard) -> ZScoreTable:
    columns = Columns.of(
        sex=[SEX_CODES[visit.sex] for visit in visits],
        age_days=[_growth_age_days(visit) for visit in visits],
        position=[POSITION_CODES[visit.position] for visit in visits],
        weight_kg=_column("weight_kg", visits),
        length_height_cm=_column("length_height_cm", visits),
        muac_mm=_column("muac_mm", visits),
        head_circumference_cm=_column("head_circumference_cm", visits),
    )
    return compute_zscores(columns, indices=_INDICES, standard=standard)


def _column(field: SlipField, visits: Sequence[GrowthInput]) -> list[float]:
    values = [getattr(visit, field) for visit in visits]
    return [math.nan if value is None else value for value in values]


def _value_at(field: SlipField, z: float, visit: GrowthInput) -> float | None:
    """Return the value of `field` at a z and the age of `visit`, a length or height as the age expects it."""
    index, standard = INDEX_OF_FIELD[field], _standard(visit)
    if visit.sex is None or index not in INDICES_OF[standard]:
        return None
    value = float(measurement_at_z(index, sex=visit.sex, at=_growth_age_days(visit), z=z, standard=standard)[0])
    return None if math.isnan(value) else value


def _expects_standing(visit: GrowthInput) -> bool:
    return _growth_age_days(visit) >= FIRST_HEIGHT_DAY


def _added_by_lying(visit: GrowthInput) -> float:
    """Return what has to be taken from the value that the age expects, to compare it with the one taken, in cm."""
    if visit.position is Position.HEIGHT and not _expects_standing(visit):
        return LENGTH_MINUS_HEIGHT_CM
    if visit.position is Position.LENGTH and _expects_standing(visit):
        return -LENGTH_MINUS_HEIGHT_CM
    return 0.0


def _comparable(field: SlipField, past: GrowthInput, now: GrowthInput) -> float:
    value: float = getattr(past, field)
    if field != "length_height_cm" or past.position is None or now.position is None or past.position is now.position:
        return value
    return value + (LENGTH_MINUS_HEIGHT_CM if now.position is Position.LENGTH else -LENGTH_MINUS_HEIGHT_CM)
