"""The one answer: which rows of the banner table are true, and the risk level.

The table itself (order, levels, actions, days) is `settings.DEFAULT_BANNER`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from children.growth.age import months
from children.growth.settings import BannerRule, GrowthSettings
from children.growth.types import (
    Acute,
    Criterion,
    Missing,
    OverweightClass,
    ResultRow,
    RiskLevel,
    RowCode,
    Severity,
)

_ROW_OF_MISSING = {
    Missing.SEX_MISSING: RowCode.SEX_MISSING,
    Missing.AGE_MISSING: RowCode.AGE_MISSING,
    Missing.AGE_OUTSIDE_STANDARD: RowCode.AGE_OUTSIDE_STANDARD,
    Missing.BEFORE_TERM: RowCode.BEFORE_TERM,
}

_STUNTING = {Severity.SEVERE: RowCode.SEVERE_STUNTING, Severity.MODERATE: RowCode.STUNTING}
_THINNESS = {Severity.SEVERE: RowCode.SEVERE_THINNESS, Severity.MODERATE: RowCode.THINNESS}
_UNDERWEIGHT = {Severity.SEVERE: RowCode.SEVERE_UNDERWEIGHT, Severity.MODERATE: RowCode.UNDERWEIGHT}
_ACUTE = {Acute.SAM: RowCode.SAM, Acute.MAM: RowCode.MAM}


def true_conditions(
    *,
    missing: Sequence[Missing],
    acute: Acute | None,
    acute_criteria: tuple[Criterion, ...],
    infant_criteria: tuple[Criterion, ...],
    weight_criteria: tuple[Criterion, ...],
    oedema: bool,
    stunting: Severity | None,
    underweight: Severity | None,
    thinness: Severity | None,
    overweight: OverweightClass | None,
    overweight_criteria: tuple[Criterion, ...],
) -> dict[RowCode, tuple[Criterion, ...]]:
    """Return every true condition with the criteria behind it."""
    found: dict[RowCode, tuple[Criterion, ...]] = {
        _ROW_OF_MISSING.get(item, RowCode.MEASUREMENT_MISSING): () for item in missing
    }
    if acute in _ACUTE:
        found[_ACUTE[acute]] = acute_criteria
    if oedema and acute is not Acute.SAM:
        found[RowCode.OEDEMA] = (Criterion.OEDEMA,)
    if infant_criteria:
        found[RowCode.INFANT_AT_RISK] = infant_criteria
    loss = tuple(item for item in weight_criteria if item is Criterion.WEIGHT_LOSS)
    if loss:
        found[RowCode.WEIGHT_LOSS] = loss
    if len(weight_criteria) > len(loss):
        found[RowCode.FALTERING] = tuple(item for item in weight_criteria if item not in loss)
    if stunting in _STUNTING:
        found[_STUNTING[stunting]] = (Criterion.HAZ,)
    if underweight in _UNDERWEIGHT:
        found[_UNDERWEIGHT[underweight]] = (Criterion.WAZ,)
    if thinness in _THINNESS:
        found[_THINNESS[thinness]] = (Criterion.BAZ,)
    if overweight is OverweightClass.OBESITY:
        found[RowCode.OBESITY] = overweight_criteria
    elif overweight is OverweightClass.OVERWEIGHT:
        found[RowCode.OVERWEIGHT] = overweight_criteria
    return found or {RowCode.NONE: ()}


def result_rows(
    found: Mapping[RowCode, tuple[Criterion, ...]], *, age_days: int | None, settings: GrowthSettings
) -> tuple[ResultRow, ...]:
    """Return the true rows in the order of the programme's banner table."""
    return tuple(
        ResultRow(
            code=rule.code,
            risk_level=rule.risk_level,
            action=rule.action,
            follow_up_days=_follow_up_days(rule, age_days=age_days, settings=settings),
            criteria=found[rule.code],
        )
        for rule in settings.banner
        if rule.code in found
    )


def risk_level(rows: Sequence[ResultRow]) -> RiskLevel:
    """Return the level of the first true row that is not unknown; unknown when there is no other."""
    known = (row.risk_level for row in rows if row.risk_level is not RiskLevel.UNKNOWN)
    return next(known, RiskLevel.UNKNOWN)


def _follow_up_days(rule: BannerRule, *, age_days: int | None, settings: GrowthSettings) -> int | None:
    """Return the days to the follow-up; the routine visit goes by age."""
    if rule.code is not RowCode.NONE or rule.follow_up_days is not None or age_days is None:
        return rule.follow_up_days
    age_months = months(age_days)
    return next((visit.days for visit in settings.routine_visits if age_months < visit.below_months), None)
