"""The data quality report of a survey, whole and by measurer: plausibility of values and SMART's overall score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from children.growth.age import (
    ACUTE_BELOW_MONTHS,
    ACUTE_FROM_MONTHS,
    REFERENCE_LAST_MONTHS,
    STANDARD_ENDS_MONTHS,
)
from children.growth.columns import BoolArray, FloatArray
from children.growth.survey.quality_checks import (
    PER_CENT,
    AgeHeaping,
    DigitPreference,
    RatioTest,
    Shape,
    age_heaping,
    age_ratio,
    digit_preference,
    sex_ratio,
    shape_of,
)
from children.growth.survey.ratings import Check, OverallScore, overall_score
from children.growth.survey.sample import IntArray, LabelWords, Survey, checked_labels
from children.growth.types import Index, Standard

# SMART flags a z further than this from the survey's own mean. Source: SMART Manual 2.0.
SMART_FLAG_Z = 3.0

# Readings of a scale and a board are to 0.1 kg and 0.1 cm, of a tape to 1 mm.
TENTHS, WHOLE_MM = 10, 1

# MUAC outside is improbable at 6-59 months; the SD of a well measured sample lies between these. Sources: Bilukha and
# Kianian (2023), Maternal and Child Nutrition 19:e13478; PMC10019054.
MUAC_PLAUSIBLE_MM = (100.0, 200.0)
MUAC_SD_MM = (10.5, 14.4)

# Months in which ages are looked at for heaping: 6-59, or whole years of 5-19.
HEAPING_MONTHS = {
    Standard.WHO2006: (int(ACUTE_FROM_MONTHS), int(ACUTE_BELOW_MONTHS)),
    Standard.WHO2007: (int(STANDARD_ENDS_MONTHS), int(REFERENCE_LAST_MONTHS)),
}


@dataclass(frozen=True, slots=True)
class IndexQuality:
    """One index: children with a z, how many WHO flags, and the shape of the rest."""

    children: int
    flagged: int
    flagged_percent: float | None
    shape: Shape


@dataclass(frozen=True, slots=True)
class MuacQuality:
    """MUAC at 6-59 months: children measured, how many outside 100-200 mm, and the shape of the rest in mm."""

    children: int
    outside: int
    outside_percent: float | None
    shape: Shape
    sd_plausible: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySummary:
    """Data quality of a set of children.

    score: SMART's, of the children of 6-59 months, `scored` of them; None for 5-19 years. A small set has wide chance:
    read the ratings of fewer than about 100 children with care.
    """

    children: int
    indices: Mapping[Index, IndexQuality]
    muac: MuacQuality
    weight_digits: DigitPreference
    length_height_digits: DigitPreference
    muac_digits: DigitPreference
    sex_ratio: RatioTest
    age_ratio: RatioTest | None
    age_heaping: AgeHeaping
    scored: int
    score: OverallScore | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """Data quality of a whole survey and of each measurer, those with most children first."""

    overall: QualitySummary
    by_measurer: Mapping[str, QualitySummary]
    without_measurer: int


def quality_report(survey: Survey, *, measurer: LabelWords | None = None) -> QualityReport:
    """Return the data quality of a survey; measurer: who measured each child, person or team.

    Raises MeasurementError("survey_lengths_differ").
    """
    overall = _summary(survey, np.arange(len(survey)))
    if measurer is None:
        return QualityReport(overall=overall, by_measurer={}, without_measurer=len(survey))
    labels = checked_labels(measurer, len(survey), field="measurer")
    rows_of = {name: np.flatnonzero(labels.codes == code) for code, name in enumerate(labels.names)}
    ordered = sorted(rows_of, key=lambda name: (-len(rows_of[name]), name))
    return QualityReport(
        overall=overall,
        by_measurer={name: _summary(survey, rows_of[name]) for name in ordered},
        without_measurer=int(np.count_nonzero(labels.codes < 0)),
    )


def _summary(survey: Survey, rows: IntArray) -> QualitySummary:
    months, columns = survey.age_months[rows], survey.columns
    in_acute_age = (months >= ACUTE_FROM_MONTHS) & (months < ACUTE_BELOW_MONTHS)
    small_children = survey.standard is Standard.WHO2006
    muac = _taken(columns.muac_mm, rows)
    first, below = HEAPING_MONTHS[survey.standard]
    return QualitySummary(
        children=len(rows),
        indices={index: _index_quality(survey, index, rows) for index in survey.zscores.indices},
        muac=_muac_quality(muac[in_acute_age]),
        weight_digits=digit_preference(_taken(columns.weight_kg, rows), per_unit=TENTHS),
        length_height_digits=digit_preference(_taken(columns.length_height_cm, rows), per_unit=TENTHS),
        muac_digits=digit_preference(muac, per_unit=WHOLE_MM),
        sex_ratio=sex_ratio(survey.sex[rows]),
        age_ratio=age_ratio(months) if small_children else None,
        age_heaping=age_heaping(months, first_month=first, below_month=below),
        scored=int(np.count_nonzero(in_acute_age)) if small_children else 0,
        score=_score(survey, rows[in_acute_age]) if small_children else None,
    )


def _index_quality(survey: Survey, index: Index, rows: IntArray) -> IndexQuality:
    z, flagged = _zscores(survey, index, rows)
    children, beyond = len(z), int(np.count_nonzero(flagged))
    return IndexQuality(children, beyond, _percent(beyond, children), shape_of(z[~flagged]))


def _muac_quality(muac_mm: FloatArray) -> MuacQuality:
    measured = muac_mm[~np.isnan(muac_mm)]
    low, high = MUAC_PLAUSIBLE_MM
    outside = (measured < low) | (measured > high)
    shape = shape_of(measured[~outside])
    plausible = None if np.isnan(shape.sd) else MUAC_SD_MM[0] <= shape.sd <= MUAC_SD_MM[1]
    beyond = int(np.count_nonzero(outside))
    return MuacQuality(len(measured), beyond, _percent(beyond, len(measured)), shape, plausible)


def _score(survey: Survey, rows: IntArray) -> OverallScore:
    """Return SMART's score of children of 6-59 months.

    The mean that SMART's flags start from is of the z that WHO does not flag: one slip of a unit must not move it.
    """
    z, beyond_who = _zscores(survey, Index.WHZ, rows)
    flagged = beyond_who | (np.abs(z - shape_of(z[~beyond_who]).mean) > SMART_FLAG_Z)
    shape = shape_of(z[~flagged])
    columns = survey.columns
    return overall_score(
        {
            Check.FLAGGED: _percent(int(np.count_nonzero(flagged)), len(z)),
            Check.SEX_RATIO: sex_ratio(survey.sex[rows]).p,
            Check.AGE_RATIO: age_ratio(survey.age_months[rows]).p,
            Check.WEIGHT_DIGITS: digit_preference(_taken(columns.weight_kg, rows), per_unit=TENTHS).score,
            Check.LENGTH_HEIGHT_DIGITS: digit_preference(_taken(columns.length_height_cm, rows), per_unit=TENTHS).score,
            Check.STANDARD_DEVIATION: shape.sd,
            Check.SKEWNESS: shape.skewness,
            Check.KURTOSIS: shape.kurtosis,
        }
    )


def _zscores(survey: Survey, index: Index, rows: IntArray) -> tuple[FloatArray, BoolArray]:
    """Return the z-scores that exist among the rows, and which of them WHO flags."""
    table = survey.zscores
    if index not in table.indices:
        return np.empty(0), np.empty(0, dtype=np.bool_)
    k = table.indices.index(index)
    z, flagged = table.z[k, rows], table.flagged[k, rows]
    there = ~np.isnan(z)
    return z[there], flagged[there]


def _taken(column: FloatArray | None, rows: IntArray) -> FloatArray:
    return np.full(len(rows), np.nan) if column is None else column[rows]


def _percent(part: int, whole: int) -> float | None:
    return PER_CENT * part / whole if whole else None
