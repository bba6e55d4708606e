"""Which criteria find which children: counts, agreement, and who is not compared."""

from __future__ import annotations

import numpy as np
import pytest

from children.growth.columns import Columns
from children.growth.errors import MeasurementError
from children.growth.survey import concordance, survey_of
from children.growth.survey.concordance import REGIONS
from children.growth.types import Criterion, Standard
from tests.children.growth.survey.small_survey import MUAC_MM, WHZ, small_columns, small_survey

WHZ_ONLY, MUAC_ONLY = frozenset({Criterion.WHZ}), frozenset({Criterion.MUAC})
WHZ_MUAC = frozenset({Criterion.WHZ, Criterion.MUAC})


def children(*, normal: int = 0, whz: int = 0, muac: int = 0, both: int = 0, all_three: int = 0) -> Columns:
    """Return girls of two years and 85 cm: 11.5 kg is normal and 8.2 kg is below -3; MUAC is 140 or 110 mm."""
    rows = (
        [(11.5, 140.0, False)] * normal
        + [(8.2, 140.0, False)] * whz
        + [(11.5, 110.0, False)] * muac
        + [(8.2, 110.0, False)] * both
        + [(8.2, 110.0, True)] * all_three
    )
    weight_kg, muac_mm, oedema = zip(*rows, strict=True)
    return Columns.of(
        sex=[2] * len(rows),
        age_days=[750.0] * len(rows),
        position=[2] * len(rows),
        weight_kg=weight_kg,
        length_height_cm=[85.0] * len(rows),
        muac_mm=muac_mm,
        oedema=oedema,
    )


def test_each_child_is_in_one_of_eight_regions():
    # given
    survey = small_survey(children(normal=50, whz=9, muac=6, both=4, all_three=1))

    # when
    sam = concordance(survey).sam

    # then
    assert set(sam.regions) == set(REGIONS)
    assert {region: count for region, count in sam.regions.items() if count} == {
        frozenset(): 50,
        WHZ_ONLY: 9,
        MUAC_ONLY: 6,
        WHZ_MUAC: 4,
        frozenset(Criterion(name) for name in ("whz", "muac", "oedema")): 1,
    }
    found_by = {c: sum(n for region, n in sam.regions.items() if c in region) for c in (Criterion.WHZ, Criterion.MUAC)}
    assert (sam.children, sam.cases, found_by) == (70, 20, {Criterion.WHZ: 14, Criterion.MUAC: 11})


def test_agreement_is_worked_from_the_four_counts():
    # given: 5 by both, 9 and 6 by one alone, 50 by none
    survey = small_survey(children(normal=50, whz=9, muac=6, both=5))

    # when
    sam = concordance(survey).sam

    # then: 55 of 70 agree; by chance (14 x 11 + 56 x 59) / 70^2
    by_chance = (14 * 11 + 56 * 59) / 70**2
    assert sam.both_percent == pytest.approx(100 * 5 / 20)
    assert sam.muac_finds_percent == pytest.approx(100 * 5 / 14)
    assert sam.whz_finds_percent == pytest.approx(100 * 5 / 11)
    assert sam.kappa == pytest.approx((55 / 70 - by_chance) / (1 - by_chance))


def test_criteria_that_find_the_same_children_agree_fully():
    # given
    survey = small_survey(children(normal=7, both=3))

    # when
    sam = concordance(survey).sam

    # then
    assert (sam.kappa, sam.both_percent) == (pytest.approx(1.0), 100.0)


def test_without_cases_there_is_no_percentage_and_no_kappa():
    # given
    survey = small_survey(children(normal=7))

    # when
    sam = concordance(survey).sam

    # then
    assert (sam.cases, sam.kappa, sam.both_percent, sam.muac_finds_percent, sam.whz_finds_percent) == (0, *[None] * 4)


def test_global_uses_the_wider_limits_of_the_small_survey():
    # given
    survey = small_survey(small_columns(oedema=False))

    # when
    report = concordance(survey)

    # then: the first child is under 6 months; the fifth had oedema and has now a weight-for-height
    rows = [k for k in range(1, 12) if WHZ[k] is not None]
    low_muac = {k for k in rows if MUAC_MM[k] < 125}
    low_whz = {k for k in rows if WHZ[k] < -2}
    assert report.gam.regions[WHZ_MUAC] == len(low_muac & low_whz)
    assert report.gam.regions[MUAC_ONLY] == len(low_muac - low_whz)
    assert report.sam.regions[MUAC_ONLY] == sum(MUAC_MM[k] < 115 for k in rows)
    assert report.not_compared.outside_age == 1


def test_children_who_cannot_be_compared_are_counted_by_the_first_reason():
    # given
    columns = small_columns(
        age_days=[np.nan, 100.0, 1827.0, *[800.0] * 9],
        muac_mm=[np.nan, 130.0, 130.0, np.nan, *[130.0] * 8],
        weight_kg=[np.nan] * 5 + [40.0] + [12.0] * 6,
        length_height_cm=[85.0] * 12,
        sex=[2] * 12,
        oedema=False,
    )

    # when
    report = concordance(small_survey(columns))

    # then
    left = report.not_compared
    assert (left.outside_age, left.muac_missing, left.whz_missing, left.whz_flagged) == (3, 1, 1, 1)
    assert report.sam.children == report.gam.children == 6


def test_survey_of_five_to_nineteen_is_refused():
    survey = survey_of(small_columns(), standard=Standard.WHO2007)
    with pytest.raises(MeasurementError) as refused:
        concordance(survey)
    assert refused.value.code == "wrong_standard"
