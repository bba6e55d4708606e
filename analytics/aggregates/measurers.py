"""Questions about measurer cells: the engine's checks of data quality, from counts instead of visits.

The checks are those of `children.growth.survey`: counts are spread out into values again, so that each formula exists
once. WHZ is known to 0.1, which moves a standard deviation by less than 0.001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.utils.crypto import salted_hmac

from accounts.access import clinics_counted_for
from accounts.invitations import clinics_to_invite_to
from accounts.models import User
from analytics.aggregates.measurer_models import MONTHS_OF_YEAR, WHZ_BINS_PER_Z, WHZ_LIMIT, MeasurerCell
from analytics.aggregates.questions import Scope
from children.growth.survey import AgeHeaping, Check, DigitPreference, OverallScore, RatioTest, Shape
from children.growth.survey.quality import SMART_FLAG_Z
from children.growth.survey.quality_checks import (
    EXPECTED_AGE_RATIO,
    EXPECTED_SEX_RATIO,
    age_heaping,
    digit_preference,
    ratio_test,
    shape_of,
)
from children.growth.survey.ratings import overall_score

_NUMBERS = ("visits", "girls", "boys", "aged_6_29", "aged_30_59", "haz_n", "haz_flagged", "whz_n", "whz_flagged")
_ARRAYS = ("weight_digits", "length_height_digits", "muac_digits", "ages", "whz_tenths")
_DIGIT_VALUES = np.arange(10.0)
_AGE_VALUES = np.arange(float(MONTHS_OF_YEAR), 2.0 * MONTHS_OF_YEAR)  # one month for each month of the year
_WHZ_VALUES = np.arange(-WHZ_LIMIT * WHZ_BINS_PER_Z, WHZ_LIMIT * WHZ_BINS_PER_Z + 1) / WHZ_BINS_PER_Z


@dataclass(frozen=True)
class Quality:
    """The checks of one measurer's visits, or of everybody's. `whz` is without what SMART flags."""

    visits: int
    weight_digits: DigitPreference
    length_height_digits: DigitPreference
    muac_digits: DigitPreference
    ages: AgeHeaping
    sexes: RatioTest
    haz_flagged_percent: float | None
    whz: Shape
    score: OverallScore


@dataclass(frozen=True)
class Measurer:
    """One name of "measured by" in one clinic. `name`: for people who look after that clinic's staff, else empty."""

    clinic: str
    code: str
    name: str
    quality: Quality


@dataclass
class _Counts:
    numbers: np.ndarray  # of _NUMBERS
    arrays: dict[str, np.ndarray]

    @classmethod
    def of(cls, row: Sequence[object]) -> _Counts:
        numbers, arrays = row[: len(_NUMBERS)], row[len(_NUMBERS) :]
        return cls(np.array(numbers), {name: np.array(a) for name, a in zip(_ARRAYS, arrays, strict=True)})

    def add(self, other: _Counts) -> None:
        self.numbers = self.numbers + other.numbers
        self.arrays = {name: counts + other.arrays[name] for name, counts in self.arrays.items()}


def measurers(user: User, scope: Scope) -> tuple[list[Measurer], Quality | None]:
    """Return every measurer of `scope` within what `user` may see, most visits first, and all of them together.

    None without a visit. Two queries.
    """
    cells = MeasurerCell.objects.filter(
        clinic__in=clinics_counted_for(user), month__gte=scope.first_month, month__lte=scope.last_month
    )
    if scope.clinic is not None:
        cells = cells.filter(clinic=scope.clinic)
    if scope.area:
        cells = cells.filter(clinic__area=scope.area)
    named = set(clinics_to_invite_to(user).values_list("pk", flat=True))
    counted: dict[tuple[UUID, str, str], _Counts] = {}
    for clinic_id, clinic, measurer, *row in cells.values_list(
        "clinic_id", "clinic__name", "measurer", *_NUMBERS, *_ARRAYS
    ):
        counts, key = _Counts.of(row), (clinic_id, clinic, measurer)
        if key in counted:
            counted[key].add(counts)
        else:
            counted[key] = counts
    found = [
        Measurer(
            clinic=clinic,
            code=_code(clinic_id, measurer),
            name=measurer if clinic_id in named else "",
            quality=_quality(counts),
        )
        for (clinic_id, clinic, measurer), counts in counted.items()
    ]
    found.sort(key=lambda measurer: (-measurer.quality.visits, measurer.clinic, measurer.code))
    return found, _quality(_together(list(counted.values()))) if counted else None


def _together(counts: Sequence[_Counts]) -> _Counts:
    return _Counts(
        np.sum([each.numbers for each in counts], axis=0),
        {name: np.sum([each.arrays[name] for each in counts], axis=0) for name in _ARRAYS},
    )


def _code(clinic_id: UUID, measurer: str) -> str:
    """Return a short code that stays the same and tells nobody the name; empty where no name was given."""
    return salted_hmac("measurer", f"{clinic_id} {measurer}").hexdigest()[:4].upper() if measurer else ""


def _quality(counts: _Counts) -> Quality:
    number = dict(zip(_NUMBERS, counts.numbers.tolist(), strict=True))
    weight, length, muac = (
        digit_preference(np.repeat(_DIGIT_VALUES, counts.arrays[name]), per_unit=1)
        for name in ("weight_digits", "length_height_digits", "muac_digits")
    )
    sexes = ratio_test(number["boys"], number["girls"], expected=EXPECTED_SEX_RATIO)
    age_groups = ratio_test(number["aged_6_29"], number["aged_30_59"], expected=EXPECTED_AGE_RATIO)
    whz = np.repeat(_WHZ_VALUES, counts.arrays["whz_tenths"])
    is_usual = np.abs(whz - shape_of(whz).mean) <= SMART_FLAG_Z
    shape = shape_of(whz[is_usual])
    flagged = number["whz_flagged"] + int(np.count_nonzero(~is_usual))
    score = overall_score(
        {
            Check.FLAGGED: 100.0 * flagged / number["whz_n"] if number["whz_n"] else None,
            Check.SEX_RATIO: sexes.p,
            Check.AGE_RATIO: age_groups.p,
            Check.WEIGHT_DIGITS: weight.score,
            Check.LENGTH_HEIGHT_DIGITS: length.score,
            Check.STANDARD_DEVIATION: shape.sd,
            Check.SKEWNESS: shape.skewness,
            Check.KURTOSIS: shape.kurtosis,
        }
    )
    return Quality(
        visits=number["visits"],
        weight_digits=weight,
        length_height_digits=length,
        muac_digits=muac,
        ages=age_heaping(np.repeat(_AGE_VALUES, counts.arrays["ages"]), first_month=6, below_month=60),
        sexes=sexes,
        haz_flagged_percent=100.0 * number["haz_flagged"] / number["haz_n"] if number["haz_n"] else None,
        whz=shape,
        score=score,
    )
