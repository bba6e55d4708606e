"""Weight gain in the first 60 days by birth weight, against WHO's empirical centiles (2009)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from children.growth import Sex
from children.growth.change.newborn_gain import NewbornGains, newborn_gains, newborn_standard
from children.growth.change.velocity import gain_at_velocity_z


@pytest.mark.parametrize(
    ("sex", "days", "birth_weight_g", "centiles"),
    [
        (Sex.MALE, (0, 7), 3200, (-250, -150, 0, 150)),
        (Sex.MALE, (14, 28), 4000, (400, 400, 550, 725)),
        (Sex.MALE, (42, 60), None, (350, 400, 500, 650)),
        (Sex.FEMALE, (7, 14), 2500, (-100, 0, 100, 200)),
        (Sex.FEMALE, (14, 28), 3499, (300, 350, 436, 550)),
        (Sex.FEMALE, (42, 60), 2499, (None, None, None, 550)),  # too few small girls
    ],
)
def test_rows_are_those_of_who(
    sex: Sex, days: tuple[int, int], birth_weight_g: int | None, centiles: tuple[int | None, ...]
) -> None:
    found = newborn_gains(sex=sex, start_age_days=days[0], end_age_days=days[1], birth_weight_g=birth_weight_g)

    assert found is not None
    assert (found.p5_g, found.p10_g, found.p25_g, found.median_g) == centiles


def test_every_window_and_group_is_there_and_its_centiles_rise() -> None:
    rows = newborn_standard()

    assert len(rows) == 2 * 5 * 6
    for row in rows:
        known = [value for value in (row.p5_g, row.p10_g, row.p25_g, row.median_g) if value is not None]
        assert all(low <= high for low, high in pairwise(known))


@pytest.mark.parametrize("sex", Sex)
def test_medians_add_up_to_those_of_the_velocity_standard(sex: Sex) -> None:
    medians = [row.median_g for row in newborn_standard() if row.sex is sex and row.birth_weight_from_g is None]

    four_weeks = float(gain_at_velocity_z(sex=sex, start_age_days=0, end_age_days=28, z=0.0)[0])
    two_months = float(gain_at_velocity_z(sex=sex, start_age_days=28, end_age_days=60, z=0.0)[0])

    assert sum(medians[:3]) == pytest.approx(four_weeks, abs=50)
    assert sum(medians[3:]) == pytest.approx(two_months, abs=50)


@pytest.mark.parametrize(
    ("start", "end", "birth_weight_g", "found"),
    [
        (1, 8, 3000, True),
        (2, 9, 3000, False),
        (7, 28, 3000, False),
        (60, 90, 3000, False),
        (0, 7, 1999, False),  # no group
        (0, 7, 5200, True),
    ],
)
def test_a_window_within_a_day_of_both_visits_serves(start: int, end: int, birth_weight_g: int, found: bool) -> None:
    gains = newborn_gains(sex=Sex.MALE, start_age_days=start, end_age_days=end, birth_weight_g=birth_weight_g)

    assert (gains is not None) is found


@pytest.mark.parametrize(("gain_g", "reached"), [(-251, None), (-250, 5), (-150, 10), (-1, 10), (0, 25), (150, 50)])
def test_a_gain_reaches_the_highest_centile_below_it(gain_g: int, reached: int | None) -> None:
    gains = newborn_gains(sex=Sex.MALE, start_age_days=0, end_age_days=7, birth_weight_g=3200)

    assert isinstance(gains, NewbornGains)
    assert gains.reached(gain_g) == reached


def test_a_group_of_few_children_has_only_its_median() -> None:
    gains = newborn_gains(sex=Sex.MALE, start_age_days=0, end_age_days=7, birth_weight_g=2400)

    assert isinstance(gains, NewbornGains)
    assert (gains.reached(149), gains.reached(150)) == (None, 50)
