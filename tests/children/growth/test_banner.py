"""The one answer: order of rows, risk level, days, and what "unknown" may and may not hide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from children.growth import (
    Action,
    Acute,
    Criterion,
    Flag,
    GrowthInput,
    GrowthSettings,
    Missing,
    PreviousVisit,
    RiskLevel,
    RowCode,
    Sex,
    assess,
)
from children.growth.settings import DEFAULT_BANNER
from tests.children.growth.visits import scan, visit


@pytest.mark.parametrize(
    ("changes", "code", "risk_level", "action", "days"),
    [
        ({"weight_kg": None}, RowCode.MEASUREMENT_MISSING, RiskLevel.UNKNOWN, Action.MEASURE_AGAIN, 0),
        ({"whz": -3.5}, RowCode.SAM, RiskLevel.CRITICAL, Action.REFER_TODAY, 7),
        ({"oedema": True}, RowCode.SAM, RiskLevel.CRITICAL, Action.REFER_TODAY, 7),
        ({"oedema": True, "age_days": 90}, RowCode.OEDEMA, RiskLevel.CRITICAL, Action.REFER_TODAY, 7),
        ({"whz": -2.5, "age_days": 90}, RowCode.INFANT_AT_RISK, RiskLevel.HIGH, Action.REFER, 7),
        ({"whz": -2.5}, RowCode.MAM, RiskLevel.HIGH, Action.ENROL_AND_COUNSEL, 14),
        ({"haz": -3.5, "whz": 1.0}, RowCode.SEVERE_STUNTING, RiskLevel.MODERATE, Action.CLINICAL_REVIEW, 30),
        ({"haz": -2.5, "whz": 1.0}, RowCode.STUNTING, RiskLevel.LOW, Action.COUNSEL, 30),
        ({"whz": 3.5}, RowCode.OBESITY, RiskLevel.LOW, Action.COUNSEL, 30),
        ({"whz": 2.5, "haz": 1.0}, RowCode.OVERWEIGHT, RiskLevel.LOW, Action.COUNSEL, 30),
        ({"age_days": 60}, RowCode.NONE, RiskLevel.NONE, Action.ROUTINE_VISIT, 30),
        ({"age_days": 540}, RowCode.NONE, RiskLevel.NONE, Action.ROUTINE_VISIT, 60),
        ({"age_days": 1500}, RowCode.NONE, RiskLevel.NONE, Action.ROUTINE_VISIT, 90),
    ],
)
def test_first_row_of_a_child(
    changes: dict[str, float], code: RowCode, risk_level: RiskLevel, action: Action, days: int
) -> None:
    result = assess(visit(**changes))  # type: ignore[arg-type]

    first = result.rows[0]
    assert (first.code, first.risk_level, first.action, first.follow_up_days) == (code, risk_level, action, days)
    assert result.risk_level is risk_level


def test_missing_sex_is_asked_for_and_not_measured_again() -> None:
    result = assess(replace(visit(), sex=None))

    assert result.missing == (Missing.SEX_MISSING,)
    assert [(row.code, row.action) for row in result.rows] == [(RowCode.SEX_MISSING, Action.RECORD_SEX)]
    assert result.risk_level is RiskLevel.UNKNOWN


def test_every_true_row_is_listed_in_banner_order() -> None:
    result = assess(visit(haz=-3.5, whz=-3.5, muac_mm=None), PreviousVisit(age_days=500, weight_kg=9.0, waz=0.0))

    assert [row.code for row in result.rows] == [
        RowCode.MEASUREMENT_MISSING,
        RowCode.SAM,
        RowCode.WEIGHT_LOSS,
        RowCode.FALTERING,
        RowCode.SEVERE_STUNTING,
        RowCode.SEVERE_UNDERWEIGHT,
    ]
    assert result.risk_level is RiskLevel.CRITICAL


def test_unknown_is_the_level_only_when_no_other_row_is_true() -> None:
    assert assess(visit(muac_mm=None, haz=-2.5, whz=1.0)).risk_level is RiskLevel.LOW
    assert assess(visit(muac_mm=None)).risk_level is RiskLevel.UNKNOWN


def test_a_person_over_nineteen_years_has_a_named_reason_and_nothing_to_measure_again() -> None:
    result = assess(GrowthInput(sex=Sex.MALE, age_days=6940, weight_kg=58.0))

    assert result.missing == (Missing.AGE_OUTSIDE_STANDARD,)
    assert [row.action for row in result.rows] == [Action.NO_STANDARD]
    assert result.rows[0].follow_up_days is None
    assert result.zscores == {}


def test_oedema_of_an_older_child_is_critical() -> None:
    result = assess(GrowthInput(sex=Sex.MALE, age_days=3000, oedema=True))

    assert result.risk_level is RiskLevel.CRITICAL
    assert (result.acute, result.criteria) == (None, (Criterion.OEDEMA,))


def test_unknown_age_can_only_add_an_alarm() -> None:
    thin = visit(whz=-3.5)
    well = visit()

    thin_result, well_result = assess(replace(thin, age_days=None)), assess(replace(well, age_days=None))

    assert thin_result.acute is Acute.SAM
    assert thin_result.risk_level is RiskLevel.CRITICAL
    assert Missing.AGE_MISSING in thin_result.missing
    assert well_result.acute is None
    assert well_result.risk_level is RiskLevel.UNKNOWN


def test_missing_sex_leaves_muac_and_oedema() -> None:
    assert assess(GrowthInput(age_days=540, muac_mm=112.0)).acute is Acute.SAM


def test_texts_and_days_belong_to_the_programme() -> None:
    banner = tuple(
        replace(rule, follow_up_days=3, action_text="Call the nurse.") if rule.code is RowCode.SAM else rule
        for rule in DEFAULT_BANNER
    )

    result = assess(visit(whz=-3.5), settings=GrowthSettings(banner=banner))

    assert result.rows[0].follow_up_days == 3


def test_banner_that_would_swallow_a_condition_is_refused() -> None:
    with pytest.raises(ValueError, match="missing or repeated: sam"):
        GrowthSettings(banner=tuple(rule for rule in DEFAULT_BANNER if rule.code is not RowCode.SAM))


def test_default_banner_has_each_condition_once_and_ends_with_none() -> None:
    codes = [rule.code for rule in DEFAULT_BANNER]

    assert sorted(codes) == sorted(RowCode)
    assert codes[-1] is RowCode.NONE


def test_scan_without_a_weight_needs_only_its_length() -> None:
    result = assess(scan(whz=None))

    assert result.missing == ()
    assert result.acute is None
    assert result.risk_level is RiskLevel.NONE


def test_scan_with_a_borrowed_weight_is_classed_by_whz() -> None:
    result = assess(scan(whz=-2.5))

    assert (result.acute, result.criteria) == (Acute.MAM, (Criterion.WHZ,))


def test_estimated_birth_date_is_kept_with_the_result() -> None:
    assert assess(visit(birth_date_estimated=True)).age_estimated


def test_head_circumference_flag_asks_for_a_check_and_changes_no_class() -> None:
    result = assess(visit(head_circumference_cm=30.0))

    assert result.flags == {Flag.HCZ}
    assert result.risk_level is RiskLevel.NONE
