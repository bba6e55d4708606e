"""How often faltering is called where there is none, and found where there is: children weighed twice, with error."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from children.growth import Columns, GrowthSettings, Index, PreviousVisit, Sex, compute_zscores, measurement_at_z
from children.growth.change.weight_change import Weighing, WeightVerdict, weighing_sd_g, weight_change, weight_criteria
from children.growth.columns import SEX_CODES

SETTINGS = GrowthSettings()
CHILDREN = 400
SHOWN_KG = 0.01  # a scale shows 10 g

ALARMING = (WeightVerdict.LOST, WeightVerdict.NO_GAIN, WeightVerdict.FALTERING)


def shares(*, ages: tuple[int, int], days: int, waz_per_month: float, seed: int = 7) -> Counter[WeightVerdict]:
    """Return the share of each verdict among children whose true weight-for-age changes by so much a month.

    Their lines lie around -1 (SD 1), their sexes and ages are mixed. Each weighing has the error that the settings say.
    """
    rng = np.random.default_rng(seed)
    found: Counter[WeightVerdict] = Counter()
    for _ in range(CHILDREN):
        sex, age, z = list(Sex)[int(rng.integers(2))], int(rng.integers(*ages)), float(rng.normal(-1.0, 1.0))
        at = np.array([age, age + days])
        true_kg = measurement_at_z(Index.WAZ, sex=sex, at=at, z=np.array([z, z + waz_per_month * days / 30.4]))
        noise_kg = np.array([rng.normal(0.0, weighing_sd_g(float(kg), SETTINGS) / 1000.0) for kg in true_kg])
        shown_kg = np.round((true_kg + noise_kg) / SHOWN_KG) * SHOWN_KG
        columns = Columns.of(sex=SEX_CODES[sex], age_days=at.astype(float), weight_kg=shown_kg)
        waz = compute_zscores(columns, indices=[Index.WAZ]).column(Index.WAZ)
        before, now = (Weighing(age_days=int(at[k]), weight_kg=float(shown_kg[k]), waz=float(waz[k])) for k in (0, 1))
        change = weight_change(now=now, before=before, sex=sex, gestation_days=None, settings=SETTINGS)
        found[change.verdict] += 1 / CHILDREN
    return found


@pytest.mark.parametrize(
    ("ages", "days", "alarmed_at_most"),
    [
        ((30, 180), 7, 0.02),
        ((30, 180), 28, 0.005),
        ((180, 365), 7, 0.04),
        ((180, 365), 28, 0.005),
        ((365, 730), 14, 0.02),
        ((365, 730), 56, 0.005),
        ((730, 1700), 7, 0.05),
        ((730, 1700), 56, 0.01),
    ],
)
def test_children_on_their_own_line_are_rarely_called_losing_or_faltering(
    ages: tuple[int, int], days: int, alarmed_at_most: float
) -> None:
    found = shares(ages=ages, days=days, waz_per_month=0.0)

    assert sum(found[verdict] for verdict in ALARMING) <= alarmed_at_most
    assert found[WeightVerdict.SLOW_GAIN] <= 0.005


@pytest.mark.parametrize(
    ("ages", "days", "found_at_least"),
    [((30, 180), 91, 0.99), ((180, 365), 56, 0.9), ((365, 730), 28, 0.8), ((730, 1700), 28, 0.95)],
)
def test_half_a_z_lost_a_month_is_found(ages: tuple[int, int], days: int, found_at_least: float) -> None:
    found = shares(ages=ages, days=days, waz_per_month=-0.5)

    assert sum(found[verdict] for verdict in ALARMING) >= found_at_least


@pytest.mark.parametrize(("ages", "days"), [((180, 365), 7), ((365, 730), 7), ((730, 1700), 14)])
def test_an_interval_too_short_to_tell_is_mostly_called_so(ages: tuple[int, int], days: int) -> None:
    assert shares(ages=ages, days=days, waz_per_month=0.0)[WeightVerdict.TOO_SOON] >= 0.75


def alarmed_after_weekly_visits(*, ages: tuple[int, int], waz_per_month: float, seed: int = 3) -> tuple[float, float]:
    """Return the share of children with a criterion at the fifth weekly visit: by all visits, and by the last alone."""
    rng = np.random.default_rng(seed)
    found = np.zeros(2)
    for _ in range(CHILDREN):
        sex, age, z = list(Sex)[int(rng.integers(2))], int(rng.integers(*ages)), float(rng.normal(-1.0, 1.0))
        days = age + np.arange(0.0, 29.0, 7.0)
        true_kg = measurement_at_z(Index.WAZ, sex=sex, at=days, z=z + waz_per_month * (days - age) / 30.4)
        noise_kg = np.array([rng.normal(0.0, weighing_sd_g(float(kg), SETTINGS) / 1000.0) for kg in true_kg])
        shown_kg = np.round((true_kg + noise_kg) / SHOWN_KG) * SHOWN_KG
        columns = Columns.of(sex=SEX_CODES[sex], age_days=days, weight_kg=shown_kg)
        waz = compute_zscores(columns, indices=[Index.WAZ]).column(Index.WAZ)
        visits = [
            PreviousVisit(age_days=int(day), weight_kg=float(kg), waz=float(score))
            for day, kg, score in zip(days, shown_kg, waz, strict=True)
        ]
        for k, previous in enumerate((visits[:-1], visits[-2])):
            criteria = weight_criteria(
                previous=previous,
                age_days=visits[-1].age_days,
                weight_kg=visits[-1].weight_kg,
                waz=visits[-1].waz,
                oedema=False,
                settings=SETTINGS,
            )
            found[k] += bool(criteria) / CHILDREN
    return float(found[0]), float(found[1])


@pytest.mark.parametrize(
    ("ages", "found_at_least"), [((30, 180), 0.1), ((180, 365), 0.5), ((365, 730), 0.8), ((730, 1700), 0.9)]
)
def test_all_weekly_visits_find_a_slow_loss_that_the_last_one_hides(
    ages: tuple[int, int], found_at_least: float
) -> None:
    by_all, by_last = alarmed_after_weekly_visits(ages=ages, waz_per_month=-0.5)
    falsely, _falsely_by_last = alarmed_after_weekly_visits(ages=ages, waz_per_month=0.0)

    assert by_all >= found_at_least
    assert by_all > 2 * by_last
    assert falsely <= 0.05
