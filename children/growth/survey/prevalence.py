"""Prevalence of stunting, wasting and the rest by group, with standard errors and 95 % confidence limits.

Columns, rows, order and numbers are those of WHO's R packages: `anthro_prevalence` of anthro 1.1.0 for 0-5 years,
`anthroplus_prevalence` of anthroplus 1.0.0 for 5-19 years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan

import numpy as np

from children.growth.age import REFERENCE_LAST_MONTHS, REFERENCE_WEIGHT_LAST_MONTHS, STANDARD_ENDS_MONTHS
from children.growth.columns import FloatArray
from children.growth.errors import MeasurementError
from children.growth.indices import compute_zscores
from children.growth.survey.design import Design, design_of, sampled_rows
from children.growth.survey.distributions import student_t_quantile
from children.growth.survey.groups import SEXES, WIDE_NAMES, YEAR_NAMES, partitions
from children.growth.survey.linearised import MISSING_CATEGORY, CategoryArray, Domain
from children.growth.survey.sample import IntArray, Survey, plausible_zscores
from children.growth.types import Index, Standard

Cell = str | float | None

# A 95 % interval leaves 2.5 % on either side. Source: WHO Anthro.
UPPER_PROBABILITY = 0.975
PER_CENT = 100.0

# The last rounded day of a prevalence of 0-5 years. Source: WHO Anthro.
LAST_DAY = 1826

STUNTED_BELOW_Z = -2.0

# Cut-offs in the order of the table: below the first three, above the others. A z falls into one of seven categories
# between them; row k of CUTOFF_OUTCOMES tells for which cut-offs category k counts.
CUTOFF_NAMES = ("_3", "_2", "_1", "1", "2", "3")
LOWER_CUTOFFS = (-3.0, -2.0, -1.0)
UPPER_CUTOFFS = (1.0, 2.0, 3.0)
BELOW_ALL_CUTOFFS = 0
_CATEGORIES = np.arange(7)[:, None]
CUTOFF_OUTCOMES = np.hstack([_CATEGORIES <= [[0, 1, 2]], _CATEGORIES >= [[4, 5, 6]]]).astype(np.float64)

# Stunted and wasted, stunted and overweight: categories 0 neither, 1 and 2.
COMBINED_NAMES = ("HA_2_WH_2", "HA_2_WH2")
COMBINED_OUTCOMES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])

SHARE_COLUMNS = ("_r", "_se", "_ll", "_ul")

# Rows of the 5-19 table in which WHO gives no weight-for-age, which ends at 10 years: all, girls, boys.
ROWS_WITHOUT_WEIGHT = 3


class OedemaRule(StrEnum):
    """What bilateral pitting oedema means for a prevalence by weight.

    WHO Anthro counts such a child as below -3 in every indicator that uses weight, and in no mean. The UNICEF/WHO/World
    Bank joint estimates have left oedema data out since 2019: the child then counts by the weight that was measured,
    as if oedema had not been looked for.
    """

    COUNTED = "counted"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class _Indicator:
    prefix: str
    index: Index
    by_weight: bool = True


_HEIGHT = _Indicator("HA", Index.HAZ, by_weight=False)
_WEIGHT = _Indicator("WA", Index.WAZ)
_BMI = _Indicator("BMI", Index.BAZ)
_WEIGHT_FOR_HEIGHT = _Indicator("WH", Index.WHZ)
_INDICATORS = {
    Standard.WHO2006: (_HEIGHT, _WEIGHT, _BMI, _WEIGHT_FOR_HEIGHT),
    Standard.WHO2007: (_HEIGHT, _WEIGHT, _BMI),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalenceTable:
    """A prevalence table as WHO writes it; a cell of None is missing.

    rows: the group's label (5-19 years: also Years and Months), then numbers in the order of the header. Shares, their
    standard errors and limits are per cent, means and `_stdev` z-scores, `_pop` sums of weights, `_unwpop` children.
    left_out: children outside the ages of the standard, or without cluster or stratum in a design that has them.
    """

    standard: Standard
    oedema: OedemaRule
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int

    def value(self, group: str, column: str) -> Cell:
        """Return one cell; KeyError if there is no such group or column."""
        if column not in self.header:
            raise KeyError(column)
        for row in self.rows:
            if row[0] == group:
                return row[self.header.index(column)]
        raise KeyError(group)


def estimate_prevalence(survey: Survey, *, oedema: OedemaRule = OedemaRule.COUNTED) -> PrevalenceTable:
    """Return the prevalence table of a survey for its standard.

    Flagged z-scores are left out; cut-offs act on z rounded to 2 decimals. Raises MeasurementError("survey_empty") if
    no child is within the ages of the standard, placed by the design and, where there are weights, weighted above 0.
    """
    in_age = _rows_in_age(survey)
    rows = sampled_rows(survey, in_age=in_age)
    if not len(rows) or (survey.sampling_weight is not None and not (survey.sampling_weight[rows] > 0).any()):
        raise MeasurementError(
            "survey_empty",
            "No child of the survey can be counted: the ages, clusters, strata or sampling weights are missing, or the "
            "ages are outside the standard (0-5 or 5-19 years). Check the columns and the chosen standard.",
        )
    design = design_of(survey, rows=rows)
    groups = partitions(survey, rows=rows, order=design.label_order)
    outcomes = _outcomes(survey, rows, oedema)
    limits = _Limits.of(design)
    numbers = np.vstack([_estimate(Domain(design, partition), outcomes, limits) for partition in groups])
    names = [name for partition in groups for name in partition.names]
    columns = [column for outcome in outcomes for column in outcome.columns]
    header: tuple[str, ...] = ("Group",)
    labels: list[tuple[str, ...]] = [(name,) for name in names]
    if survey.standard is Standard.WHO2007:
        header = ("Group", "Years", "Months")
        labels = [(name, *ages) for name, ages in zip(names, AGES_OF_ROWS_5_19, strict=True)]
        numbers[:ROWS_WITHOUT_WEIGHT, [column.startswith(_WEIGHT.prefix) for column in columns]] = np.nan
    return PrevalenceTable(
        standard=survey.standard,
        oedema=oedema,
        header=(*header, *columns),
        rows=tuple(
            (*label, *(None if isnan(cell) else cell for cell in row))
            for label, row in zip(labels, numbers.tolist(), strict=True)
        ),
        left_out=len(survey) - len(rows),
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    """Quantiles of Student's t for the limits of shares and of means; NaN without degrees of freedom."""

    t_share: float
    t_mean: float
    one_is_certain: bool

    @classmethod
    def of(cls, design: Design) -> _Limits:
        return cls(
            t_share=student_t_quantile(UPPER_PROBABILITY, df=design.df_share),
            t_mean=student_t_quantile(UPPER_PROBABILITY, df=design.df_mean),
            # Without degrees of freedom WHO gives limits to a share of 0, and to one of 1 only by its shortcut.
            one_is_certain=design.df_share > 0 or design.simple,
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is estimated from one column of the survey: shares of categories, and a mean where values are given.

    names: of the shares. size_columns: for the number of children, weighted and not.
    """

    category: CategoryArray
    shares: FloatArray
    names: tuple[str, ...]
    size_columns: tuple[str, str]
    values: FloatArray | None = None
    mean_name: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        shares = tuple(name + column for name in self.names for column in SHARE_COLUMNS)
        means = () if self.values is None else tuple(self.mean_name + part for part in (*SHARE_COLUMNS, "_stdev"))
        return (*self.size_columns, *shares, *means)


def _rows_in_age(survey: Survey) -> IntArray:
    if survey.standard is Standard.WHO2007:
        months = survey.age_months
        return np.flatnonzero((months >= STANDARD_ENDS_MONTHS) & (months <= REFERENCE_LAST_MONTHS))
    # A child of unknown age has a weight-for-height.
    return np.flatnonzero(~(np.floor(survey.age_days + 0.5) > LAST_DAY))


def _outcomes(survey: Survey, rows: IntArray, oedema: OedemaRule) -> tuple[_Outcome, ...]:
    table, swollen = survey.zscores, survey.oedema[rows]
    if oedema is OedemaRule.LEFT_OUT and swollen.any():
        nobody = np.zeros(len(survey), dtype=np.bool_)
        table = compute_zscores(replace(survey.columns, oedema=nobody), standard=survey.standard)
        swollen = nobody[rows]
    in_weight_age = swollen & (survey.age_months[rows] <= REFERENCE_WEIGHT_LAST_MONTHS)
    out, z_of, category_of = [], {}, {}
    for indicator in _INDICATORS[survey.standard]:
        z = plausible_zscores(table, indicator.index)[rows]
        category = _categories(z)
        if indicator.by_weight:
            ends_early = indicator is _WEIGHT and survey.standard is Standard.WHO2007
            category[in_weight_age if ends_early else swollen] = BELOW_ALL_CUTOFFS
        z_of[indicator.index], category_of[indicator.index] = z, category
        prefix = indicator.prefix
        names = tuple(prefix + name for name in CUTOFF_NAMES)
        out.append(
            _Outcome(category, CUTOFF_OUTCOMES, names, (f"{prefix}Z_pop", f"{prefix}Z_unwpop"), z, mean_name=prefix)
        )
    if survey.standard is Standard.WHO2006:
        combined = _stunted_and(z_of[Index.HAZ], category_of[Index.WHZ])
        size_columns = (f"{COMBINED_NAMES[0]}_pop", f"{COMBINED_NAMES[0]}_unwpop")
        out.append(_Outcome(combined, COMBINED_OUTCOMES, COMBINED_NAMES, size_columns))
    return tuple(out)


def _categories(z: FloatArray) -> CategoryArray:
    """Return between which cut-offs each z lies, 0 (below -3) to 6 (above 3)."""
    category = np.zeros(len(z), dtype=np.int8)
    for cutoff in LOWER_CUTOFFS:
        category += z >= cutoff
    for cutoff in UPPER_CUTOFFS:
        category += z > cutoff
    category[np.isnan(z)] = MISSING_CATEGORY
    return category


def _stunted_and(haz: FloatArray, whz_category: CategoryArray) -> CategoryArray:
    """Return 1 for stunted and wasted, 2 for stunted and overweight, 0 for neither; both indices are needed."""
    stunted = haz < STUNTED_BELOW_Z
    category = np.zeros(len(haz), dtype=np.int8)
    category[stunted & (CUTOFF_OUTCOMES[whz_category, CUTOFF_NAMES.index("_2")] > 0)] = 1
    category[stunted & (CUTOFF_OUTCOMES[whz_category, CUTOFF_NAMES.index("2")] > 0)] = 2
    category[np.isnan(haz) | (whz_category == MISSING_CATEGORY)] = MISSING_CATEGORY
    return category


def _estimate(domain: Domain, outcomes: tuple[_Outcome, ...], limits: _Limits) -> FloatArray:
    """Return the numbers of a partition, shape (groups, columns)."""
    parts = []
    for outcome in outcomes:
        shares = domain.shares(outcome.category, outcome.shares)
        low, high = _share_limits(shares.share, shares.se, limits)
        cells = np.stack([shares.share, shares.se, low, high], axis=2) * PER_CENT
        parts += [shares.population[:, None], shares.children[:, None], cells.reshape(len(cells), -1)]
        if outcome.values is not None:
            means = domain.means(outcome.values)
            half = limits.t_mean * means.se
            parts.append(np.stack([means.mean, means.se, means.mean - half, means.mean + half, means.sd], axis=1))
    return np.hstack(parts)


@np.errstate(invalid="ignore", divide="ignore")
def _share_limits(share: FloatArray, se: FloatArray, limits: _Limits) -> tuple[FloatArray, FloatArray]:
    """Return the limits of shares on the logit scale; a share of 0 or 1 has no width.

    Two answers of WHO's software are not repeated, as both are slips: [1, 1] per cent for a weighted share of exactly
    1.0 per cent (its test for a share of 1 meets the share in per cent), and [0, nothing] with one degree of freedom
    (its limits go through the normal distribution, which 12.7 standard deviations overflow).
    """
    logit = np.log(share) - np.log1p(-share)
    half = limits.t_share * se / (share * (1.0 - share))
    low, high = 1.0 / (1.0 + np.exp(half - logit)), 1.0 / (1.0 + np.exp(-half - logit))
    certain = (share == 0.0) | ((share == 1.0) & limits.one_is_certain)
    return np.where(certain, share, low), np.where(certain, share, high)


def _ages_of_rows() -> tuple[tuple[str, str], ...]:
    spans = tuple(f"({name.removesuffix(' mo')})" for name in (*YEAR_NAMES, *WIDE_NAMES))
    years, wide = spans[: len(YEAR_NAMES)], spans[len(YEAR_NAMES) :]
    totals = tuple(zip(("Total (5-9)", "Total (10-14)", "Total (15-19)"), wide, strict=True))
    return (
        *(("Total (5-19)", "(60-228)"),) * ROWS_WITHOUT_WEIGHT,
        *((str(5 + k), span) for k, span in enumerate(years)),
        *totals,
        *(total for total in totals for _sex in SEXES),
    )


# Years and Months of each row of the 5-19 table.
AGES_OF_ROWS_5_19 = _ages_of_rows()
