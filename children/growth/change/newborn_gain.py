"""What healthy newborns gain in their first 60 days, by sex and birth weight: WHO's empirical centiles.

Five windows between the visits of WHO's growth study. No z-scores: groups are too small and losses are usual.
Source: WHO Child Growth Standards: Growth velocity based on weight, length and head circumference (2009).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from children.growth.columns import SEX_CODES
from children.growth.tables import DATA_FOLDER, read_manifest, read_verified
from children.growth.types import Sex

NEWBORN_TABLE_FILE = "who2009_newborn_weight_gain.csv"

# Each visit may lie so many days from the end of a window: newborns gain 30-50 g a day (a judgement).
DAY_TOLERANCE = 1


@dataclass(frozen=True, slots=True)
class NewbornGains:
    """Centiles of gain, g, between two days of age; the low ones are None where WHO measured too few children.

    birth_weight_from_g, birth_weight_below_g: the group; None is open, and both None is all newborns.
    """

    sex: Sex
    from_day: int
    to_day: int
    birth_weight_from_g: int | None
    birth_weight_below_g: int | None
    p5_g: int | None
    p10_g: int | None
    p25_g: int | None
    median_g: int

    def reached(self, gain_g: float) -> int | None:
        """Return the highest of the known centiles 5, 10, 25 and 50 that a gain reaches, None below the lowest."""
        known = ((5, self.p5_g), (10, self.p10_g), (25, self.p25_g), (50, self.median_g))
        return max((name for name, value in known if value is not None and gain_g >= value), default=None)


@cache
def newborn_standard() -> tuple[NewbornGains, ...]:
    """Return WHO's rows, read and verified at the first call. Raises TablesError when the file is not as tested."""
    content = read_verified(DATA_FOLDER, NEWBORN_TABLE_FILE, read_manifest(DATA_FOLDER))
    sexes = {code: sex for sex, code in SEX_CODES.items() if sex is not None}
    rows = []
    for row in csv.DictReader(content.decode("ascii").splitlines()):
        number = {name: int(text) if text else None for name, text in row.items()}
        rows.append(
            NewbornGains(
                sex=sexes[int(row["sex"])],
                from_day=int(row["from_day"]),
                to_day=int(row["to_day"]),
                birth_weight_from_g=number["birth_weight_from_g"],
                birth_weight_below_g=number["birth_weight_to_g"],
                p5_g=number["p5"],
                p10_g=number["p10"],
                p25_g=number["p25"],
                median_g=int(row["median"]),
            )
        )
    return tuple(rows)


def newborn_gains(
    *, sex: Sex, start_age_days: int, end_age_days: int, birth_weight_g: float | None = None
) -> NewbornGains | None:
    """Return the centiles for two visits, of the child's birth-weight group, or of all where it is unknown.

    None where no window lies within a day of both visits, or no group has the birth weight (below 2000 g). For
    children born at term only: WHO measured no others.
    """
    return next(
        (
            gains
            for gains in newborn_standard()
            if gains.sex is sex
            and abs(gains.from_day - start_age_days) <= DAY_TOLERANCE
            and abs(gains.to_day - end_age_days) <= DAY_TOLERANCE
            and _is_group_of(gains, birth_weight_g)
        ),
        None,
    )


def _is_group_of(gains: NewbornGains, birth_weight_g: float | None) -> bool:
    if birth_weight_g is None or gains.birth_weight_from_g is None:
        return birth_weight_g is None and gains.birth_weight_from_g is None
    below = gains.birth_weight_below_g
    return gains.birth_weight_from_g <= birth_weight_g and (below is None or birth_weight_g < below)
