"""One visit of one child in, everything that it says about growth out: `assess`.

Holds the order of work only. z-scores come from `indices.py`, classes from `classification.py`, probabilities from
`uncertainty/`, the rows of the answer from `banner.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from children.growth.age import ACUTE_BELOW_MONTHS, ACUTE_FROM_MONTHS, corrected_age_days, months, standard_at
from children.growth.banner import result_rows, risk_level, true_conditions
from children.growth.change.weight_change import EarlierVisits, weight_criteria
from children.growth.classification import (
    Evidence,
    acute_class,
    infant_at_risk,
    infant_criteria,
    overweight_class,
    severity,
)
from children.growth.columns import Columns
from children.growth.completeness import age_outside_standard, find_missing, usable
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.lms import centile
from children.growth.plausibility import FLAG_OF_INDEX
from children.growth.settings import DEFAULT_SETTINGS, GrowthSettings
from children.growth.types import (
    Assessment,
    Criterion,
    Flag,
    GrowthInput,
    Index,
    Standard,
    ZScore,
)
from children.growth.uncertainty.intervals import NO_INTERVAL, Interval, with_ends, zscore_intervals
from children.growth.uncertainty.possible_ages import possible_ages
from children.growth.uncertainty.probabilities import class_probabilities
from children.growth.validation import validate_input

# Goes up whenever a number or a class may come out otherwise than before.
ENGINE_VERSION = "1.1.0"


def assess(
    data: GrowthInput, previous: EarlierVisits = None, settings: GrowthSettings = DEFAULT_SETTINGS
) -> Assessment:
    """Return z-scores, flags, classes, rows and risk level of one visit, by WHO 2006 (0-5 years) or WHO 2007 (5-19).

    Raises MeasurementError as `validate_input` does, and "previous_not_earlier".
    Sources: WHO Child Growth Standards 2006; WHO reference 2007; WHO guideline on wasting and nutritional oedema 2023.
    """
    validate_input(data)
    standard = _standard(data.age_days)
    corrected = None
    if data.age_days is not None:
        corrected = corrected_age_days(age_days=data.age_days, gestation_days=data.gestation_days)
    before_term = corrected is not None and corrected < 0
    age_days = data.age_days if corrected is None else corrected
    table = None if before_term else _table(data, age_days=age_days, standard=standard)
    ages = possible_ages(data, settings) if table is not None and data.spreads.any else None
    intervals = {} if table is None or ages is None else zscore_intervals(data, ages, table=table)
    zscores = {} if table is None else _zscores(table, intervals)
    flags = {FLAG_OF_INDEX[index] for index, score in zscores.items() if score.flagged}
    if table is not None and table.implausible_position[0]:
        flags.add(Flag.IMPLAUSIBLE_POSITION)

    acute_defined = _acute_defined(data, settings)
    missing = find_missing(data, before_term=before_term, acute_defined=acute_defined, zscores=zscores)
    waz, whz, baz = usable(zscores, Index.WAZ), usable(zscores, Index.WHZ), usable(zscores, Index.BAZ)
    oedema = bool(data.oedema)
    changes = weight_criteria(
        previous=previous,
        age_days=data.age_days,
        weight_kg=data.weight_kg,
        waz=waz,
        oedema=oedema,
        settings=settings,
    )
    evidence = Evidence(
        source=data.source,
        standard=standard,
        age_days=data.age_days,
        acute_defined=acute_defined,
        infant=data.age_days is not None and months(data.age_days) < ACUTE_FROM_MONTHS,
        haz=usable(zscores, Index.HAZ),
        waz=waz,
        whz=whz,
        baz=baz,
        muac_mm=data.muac_mm,
        oedema=oedema,
        weight_criteria=changes,
    )
    acute, acute_criteria = acute_class(evidence)
    at_risk_criteria = infant_criteria(evidence, settings)
    stunting, underweight = severity(evidence.haz), severity(waz)
    thinness = severity(baz) if standard is Standard.WHO2007 else None
    overweight, overweight_criteria = overweight_class(standard, whz=whz, baz=baz)
    found = true_conditions(
        missing=missing,
        acute=acute,
        acute_criteria=acute_criteria,
        infant_criteria=at_risk_criteria,
        weight_criteria=changes,
        oedema=oedema,
        stunting=stunting,
        underweight=underweight,
        thinness=thinness,
        overweight=overweight,
        overweight_criteria=overweight_criteria,
    )
    rows = result_rows(found, age_days=data.age_days, settings=settings)
    probabilities = None
    if ages and not age_outside_standard(data.age_days):
        probabilities = class_probabilities(data, ages, evidence, settings)
    return Assessment(
        standard=standard,
        engine_version=ENGINE_VERSION,
        age_days=data.age_days,
        corrected_age_days=corrected,
        age_estimated=data.birth_date_estimated,
        source=data.source,
        zscores=zscores,
        flags=frozenset(flags),
        stunting=stunting,
        wasting=severity(whz),
        underweight=underweight,
        overweight=overweight,
        thinness=thinness,
        acute=acute,
        infant_at_risk=infant_at_risk(evidence, at_risk_criteria),
        criteria=_criteria(acute_criteria, at_risk_criteria, oedema=oedema),
        missing=missing,
        rows=rows,
        risk_level=risk_level(rows),
        class_probabilities=probabilities,
    )


def _standard(age_days: int | None) -> Standard:
    """Return what answers at an age; without one, WHO 2006 has weight-for-length/height. Beyond it nothing has a z."""
    if age_days is None:
        return Standard.WHO2006
    return standard_at(age_days) or Standard.WHO2007


def _table(data: GrowthInput, *, age_days: int | None, standard: Standard) -> ZScoreTable:
    """Compute the child: the point and, with errors, both ends of every input's 80 % interval together."""
    if data.spreads.any:
        return compute_zscores(with_ends(data, age_days=age_days), standard=standard)
    one = Columns.one(
        sex=data.sex,
        age_days=age_days,
        position=data.position,
        oedema=bool(data.oedema),
        weight_kg=data.weight_kg,
        length_height_cm=data.length_height_cm,
        head_circumference_cm=data.head_circumference_cm,
        muac_mm=data.muac_mm,
    )
    return compute_zscores(one, standard=standard)


def _zscores(table: ZScoreTable, intervals: Mapping[Index, Interval]) -> dict[Index, ZScore]:
    """Return the point's z-scores, with the intervals of those that an error enters."""
    out = {}
    for index, z, flagged in zip(table.indices, table.z[:, 0].tolist(), table.flagged[:, 0].tolist(), strict=True):
        if math.isnan(z):
            continue
        low, high = intervals.get(index, NO_INTERVAL)
        out[index] = ZScore(z + 0.0, flagged, low, high, centile(z))  # never -0.0
    return out


def _acute_defined(data: GrowthInput, settings: GrowthSettings) -> bool:
    """Tell whether SAM and MAM are defined: 6-59 months; at unknown age, by a length that stands for it."""
    if data.age_days is not None:
        return ACUTE_FROM_MONTHS <= months(data.age_days) < ACUTE_BELOW_MONTHS
    low, high = settings.age_proxy_cm
    return data.length_height_cm is not None and low <= data.length_height_cm <= high


def _criteria(acute: tuple[Criterion, ...], infant: tuple[Criterion, ...], *, oedema: bool) -> tuple[Criterion, ...]:
    """Return what triggered SAM, MAM, infant at risk or the oedema row; one of the first two is always empty."""
    triggered = acute or infant
    if oedema and Criterion.OEDEMA not in triggered:
        return (*triggered, Criterion.OEDEMA)
    return triggered
