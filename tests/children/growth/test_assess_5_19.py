"""Children of 5-19 years: which standard serves, and their classes by WHO 2007."""

from __future__ import annotations

import pytest

from children.growth import (
    Criterion,
    GrowthInput,
    Index,
    Missing,
    OverweightClass,
    Position,
    RiskLevel,
    RowCode,
    Severity,
    Sex,
    Standard,
    assess,
    measurement_at_z,
)

LAST_DAY_OF_2006 = 1826
FIRST_DAY_OF_2007 = 1827
DAY_120_MONTHS = 3652  # 119.98 months


def schoolchild(*, age_days: int = 3000, haz: float = 0.0, baz: float = 0.0, **changed: object) -> GrowthInput:
    """Return a girl with exactly these HAZ and BAZ."""
    settled = {"sex": Sex.FEMALE, "at": age_days, "standard": Standard.WHO2007}
    height = float(measurement_at_z(Index.HAZ, z=haz, **settled)[0])
    bmi = float(measurement_at_z(Index.BAZ, z=baz, **settled)[0])
    values = {"weight_kg": bmi * (height / 100.0) ** 2, "length_height_cm": height, "position": Position.HEIGHT}
    return GrowthInput(sex=Sex.FEMALE, age_days=age_days, **(values | changed))


def test_who_2007_takes_over_at_sixty_months() -> None:
    child = {"sex": Sex.MALE, "weight_kg": 18.0, "length_height_cm": 109.0, "position": Position.HEIGHT}

    before = assess(GrowthInput(age_days=LAST_DAY_OF_2006, **child))
    after = assess(GrowthInput(age_days=FIRST_DAY_OF_2007, **child))

    assert before.standard is Standard.WHO2006
    assert set(before.zscores) == {Index.HAZ, Index.WAZ, Index.WHZ, Index.BAZ}
    assert after.standard is Standard.WHO2007
    assert set(after.zscores) == {Index.HAZ, Index.WAZ, Index.BAZ}


def test_weight_for_age_ends_at_ten_years() -> None:
    assert Index.WAZ in assess(schoolchild(age_days=DAY_120_MONTHS)).zscores
    assert Index.WAZ not in assess(schoolchild(age_days=DAY_120_MONTHS + 1)).zscores
    assert assess(schoolchild(age_days=DAY_120_MONTHS + 1)).missing == ()


@pytest.mark.parametrize(
    ("baz", "thinness", "overweight", "row", "level"),
    [
        (-3.006, Severity.SEVERE, OverweightClass.NORMAL, RowCode.SEVERE_THINNESS, RiskLevel.MODERATE),
        (-3.0, Severity.MODERATE, OverweightClass.NORMAL, RowCode.THINNESS, RiskLevel.LOW),
        (-2.006, Severity.MODERATE, OverweightClass.NORMAL, RowCode.THINNESS, RiskLevel.LOW),
        (-2.0, Severity.NORMAL, OverweightClass.NORMAL, RowCode.NONE, RiskLevel.NONE),
        (1.0, Severity.NORMAL, OverweightClass.NORMAL, RowCode.NONE, RiskLevel.NONE),
        (1.006, Severity.NORMAL, OverweightClass.OVERWEIGHT, RowCode.OVERWEIGHT, RiskLevel.LOW),
        (2.0, Severity.NORMAL, OverweightClass.OVERWEIGHT, RowCode.OVERWEIGHT, RiskLevel.LOW),
        (2.006, Severity.NORMAL, OverweightClass.OBESITY, RowCode.OBESITY, RiskLevel.LOW),
    ],
)
def test_thinness_and_overweight_at_their_borders(
    baz: float, thinness: Severity, overweight: OverweightClass, row: RowCode, level: RiskLevel
) -> None:
    result = assess(schoolchild(baz=baz))

    assert (result.thinness, result.overweight) == (thinness, overweight)
    assert (result.rows[0].code, result.risk_level) == (row, level)


def test_thinness_is_not_a_class_under_five_years() -> None:
    result = assess(GrowthInput(sex=Sex.MALE, age_days=800, weight_kg=8.0, length_height_cm=85.0, muac_mm=120.0))

    assert result.zscores[Index.BAZ].value < -3
    assert result.thinness is None


def test_stunting_goes_by_height_for_age_until_nineteen_years() -> None:
    result = assess(schoolchild(age_days=6900, haz=-3.2))

    assert result.stunting is Severity.SEVERE
    assert result.rows[0].code is RowCode.SEVERE_STUNTING


def test_acute_malnutrition_is_not_defined_and_muac_not_asked_for() -> None:
    result = assess(schoolchild(baz=-3.5, muac_mm=None))

    assert (result.acute, result.wasting, result.missing) == (None, None, ())


def test_oedema_blanks_weight_and_bmi_and_stays_critical() -> None:
    result = assess(schoolchild(oedema=True))

    assert set(result.zscores) == {Index.HAZ}
    assert (result.risk_level, result.criteria) == (RiskLevel.CRITICAL, (Criterion.OEDEMA,))
    assert result.thinness is None


def test_a_missing_height_is_asked_for() -> None:
    result = assess(schoolchild(length_height_cm=None, position=None))

    assert result.missing == (Missing.LENGTH_HEIGHT_MISSING,)


def test_lying_and_standing_are_one_after_five_years() -> None:
    standing = schoolchild()
    lying = schoolchild(position=Position.LENGTH)

    assert assess(lying).zscores[Index.HAZ] == assess(standing).zscores[Index.HAZ]


def test_the_routine_visit_of_a_schoolchild_has_a_date() -> None:
    assert assess(schoolchild()).rows[0].follow_up_days == 180
