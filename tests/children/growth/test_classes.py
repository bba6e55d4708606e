"""Case definitions at their borders, with the criterion that triggered them."""

from __future__ import annotations

import pytest

from children.growth import (
    Acute,
    Criterion,
    GrowthInput,
    GrowthSettings,
    Index,
    Missing,
    OverweightClass,
    RiskLevel,
    RowCode,
    Severity,
    Standard,
    assess,
)
from children.growth.classification import overweight_class
from tests.children.growth.visits import visit


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        (-2.0, Severity.NORMAL),
        (-2.004, Severity.NORMAL),  # rounded -2.00
        (-2.006, Severity.MODERATE),
        (-3.0, Severity.MODERATE),
        (-3.004, Severity.MODERATE),
        (-3.006, Severity.SEVERE),
    ],
)
def test_stunting_and_wasting_act_on_the_rounded_z(z: float, expected: Severity) -> None:
    assert assess(visit(haz=z)).stunting is expected
    assert assess(visit(whz=z)).wasting is expected


def test_underweight_follows_weight_for_age() -> None:
    result = assess(visit(haz=-3.5, whz=-1.9))

    assert result.zscores[Index.WAZ].value < -3
    assert result.underweight is Severity.SEVERE


@pytest.mark.parametrize(
    ("whz", "baz", "expected"),
    [
        (2.0, 2.0, OverweightClass.NORMAL),
        (2.01, 0.0, OverweightClass.OVERWEIGHT),
        (0.0, 2.01, OverweightClass.OVERWEIGHT),
        (3.0, 3.0, OverweightClass.OVERWEIGHT),
        (2.5, 3.01, OverweightClass.OBESITY),
        (None, 3.01, OverweightClass.OBESITY),
        (None, 1.0, None),
    ],
)
def test_overweight_is_the_worse_of_whz_and_baz(
    whz: float | None, baz: float | None, expected: OverweightClass | None
) -> None:
    assert overweight_class(Standard.WHO2006, whz=whz, baz=baz)[0] is expected


def test_overweight_names_its_criteria() -> None:
    result = assess(visit(whz=2.5))

    assert result.overweight is OverweightClass.OVERWEIGHT
    assert result.rows[0].code is RowCode.OVERWEIGHT
    assert Criterion.WHZ in result.rows[0].criteria


@pytest.mark.parametrize(
    ("changes", "acute", "criteria"),
    [
        ({}, Acute.NONE, ()),
        ({"whz": -2.0}, Acute.NONE, ()),
        ({"whz": -2.01}, Acute.MAM, (Criterion.WHZ,)),
        ({"whz": -3.0}, Acute.MAM, (Criterion.WHZ,)),
        ({"whz": -3.01}, Acute.SAM, (Criterion.WHZ,)),
        ({"muac_mm": 125.0}, Acute.NONE, ()),
        ({"muac_mm": 124.9}, Acute.MAM, (Criterion.MUAC,)),
        ({"muac_mm": 115.0}, Acute.MAM, (Criterion.MUAC,)),
        ({"muac_mm": 114.9}, Acute.SAM, (Criterion.MUAC,)),
        ({"muac_mm": 120.0, "whz": -2.5}, Acute.MAM, (Criterion.WHZ, Criterion.MUAC)),
        ({"muac_mm": 120.0, "whz": -3.5}, Acute.SAM, (Criterion.WHZ,)),  # worst wins
        ({"oedema": True}, Acute.SAM, (Criterion.OEDEMA,)),
        ({"oedema": True, "muac_mm": 110.0}, Acute.SAM, (Criterion.MUAC, Criterion.OEDEMA)),
    ],
)
def test_acute_malnutrition_names_its_criterion(
    changes: dict[str, float], acute: Acute, criteria: tuple[Criterion, ...]
) -> None:
    result = assess(visit(**changes))  # type: ignore[arg-type]

    assert (result.acute, result.criteria) == (acute, criteria)


@pytest.mark.parametrize(("age_days", "defined"), [(182, False), (183, True), (1826, True), (1827, False)])
def test_muac_makes_a_class_from_6_to_59_months_only(age_days: int, defined: bool) -> None:
    result = assess(GrowthInput(age_days=age_days, muac_mm=112.0))

    assert (result.acute is Acute.SAM) is defined


def test_muac_110_is_sam_whatever_the_height() -> None:
    result = assess(visit(muac_mm=110.0, length_height_cm=140.0))

    assert result.zscores[Index.HAZ].flagged
    assert result.stunting is None
    assert result.acute is Acute.SAM
    assert result.risk_level is RiskLevel.CRITICAL
    assert [row.code for row in result.rows][:2] == [RowCode.MEASUREMENT_MISSING, RowCode.SAM]


def test_oedema_blanks_weight_scores_and_asks_for_no_weight() -> None:
    result = assess(visit(oedema=True, weight_kg=None))

    assert set(result.zscores) == {Index.HAZ, Index.ACZ}
    assert result.wasting is None
    assert result.missing == ()
    assert result.acute is Acute.SAM


@pytest.mark.parametrize(
    ("changes", "at_risk", "criteria"),
    [
        ({}, False, ()),
        ({"whz": -2.0}, False, ()),
        ({"whz": -2.1}, True, (Criterion.WHZ,)),
        ({"haz": -2.5, "whz": -1.0}, True, (Criterion.WAZ,)),
        ({"oedema": True}, True, (Criterion.OEDEMA,)),
        ({"muac_mm": 109.9}, True, (Criterion.MUAC,)),
        ({"muac_mm": 110.0}, False, ()),
        ({"muac_mm": 109.0, "age_days": 41}, False, ()),
        ({"muac_mm": 109.0, "age_days": 42}, True, (Criterion.MUAC,)),
        ({"weight_kg": None}, None, ()),
    ],
)
def test_infant_under_six_months_at_risk(
    changes: dict[str, float], at_risk: bool | None, criteria: tuple[Criterion, ...]
) -> None:
    result = assess(visit(**({"age_days": 120, "muac_mm": 130.0} | changes)))  # type: ignore[arg-type]

    assert (result.infant_at_risk, result.criteria) == (at_risk, criteria)
    assert result.acute is None


def test_infant_cut_off_is_a_setting() -> None:
    settings = GrowthSettings(infant_wlz_below=-3.0)

    assert assess(visit(age_days=120, whz=-2.5, haz=1.0), settings=settings).infant_at_risk is False


def test_flagged_z_is_used_in_no_class() -> None:
    result = assess(visit(weight_kg=2.9))

    assert result.zscores[Index.WHZ].flagged
    assert (result.wasting, result.underweight, result.acute) == (None, None, None)
    assert Missing.WHZ_FLAGGED in result.missing
    assert result.risk_level is RiskLevel.UNKNOWN


def test_class_that_one_criterion_gives_stands_while_the_other_is_missing() -> None:
    result = assess(visit(muac_mm=120.0, weight_kg=None))

    assert (result.acute, result.criteria) == (Acute.MAM, (Criterion.MUAC,))
    assert result.missing == (Missing.WEIGHT_MISSING,)
    assert result.risk_level is RiskLevel.HIGH


@pytest.mark.parametrize("changes", [{"muac_mm": None}, {"weight_kg": None}, {"length_height_cm": None}])
def test_no_acute_malnutrition_needs_both_criteria(changes: dict[str, None]) -> None:
    result = assess(visit(**changes))  # type: ignore[arg-type]

    assert result.acute is None
    assert result.risk_level is RiskLevel.UNKNOWN


def test_implausible_muac_still_makes_sam_and_asks_for_a_second_measurement() -> None:
    result = assess(visit(muac_mm=75.0))

    assert result.acute is Acute.SAM
    assert result.missing == (Missing.MUAC_FLAGGED,)
