"""The standardisation test: how alike somebody measures twice, how far from a reference, and whether that will do.

Precision is the technical error of measurement (TEM) of two readings of the same children; accuracy is the mean
difference from the reference's readings (bias). Sources: Ulijaszek and Kerr 1999, Br J Nutr 82:165-177 (TEM); ENA for
SMART and SMART Manual 2.0 (2017), standardisation test (limits); at least ten children, each measured twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

import numpy as np

from children.growth.columns import FloatArray
from children.growth.errors import MeasurementError

Readings = Sequence[Sequence[float | None]]

LEAST_CHILDREN = 10
TURNS = 2


class Quantity(StrEnum):
    """What a test can be about, each with its unit."""

    WEIGHT = "weight_kg"
    LENGTH_HEIGHT = "length_height_cm"
    MUAC = "muac_mm"


class Grade(StrEnum):
    """SMART's words, best first. Good and acceptable pass."""

    GOOD = "good"
    ACCEPTABLE = "acceptable"
    POOR = "poor"
    REJECT = "reject"

    @property
    def passes(self) -> bool:
        """True where somebody may measure."""
        return self in (Grade.GOOD, Grade.ACCEPTABLE)


# A value below the first limit is good, below the second acceptable, below the third poor. Source: ENA for SMART,
# suggested cut-off points for the acceptability of measurements (individual precision; bias from the supervisor).
TEM_BELOW = {
    Quantity.WEIGHT: (0.04, 0.10, 0.21),
    Quantity.LENGTH_HEIGHT: (0.4, 0.6, 1.0),
    Quantity.MUAC: (2.0, 2.7, 3.3),
}
BIAS_BELOW = {
    Quantity.WEIGHT: (0.04, 0.10, 0.21),
    Quantity.LENGTH_HEIGHT: (0.4, 0.6, 1.4),
    Quantity.MUAC: (1.0, 2.0, 3.0),
}
# Values are compared with limits after rounding to this many decimals: 0.1 + 0.2 must not fail a limit of 0.3.
DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One person and one quantity, in the quantity's unit.

    relative_tem_percent: of the mean. bias: mean of the person's readings minus the reference's, None for the reference
    itself. largest_difference: between the two readings of one child; `largest_child` is its place, 0 the first.
    """

    quantity: Quantity
    children: int
    tem: float
    relative_tem_percent: float
    tem_grade: Grade
    largest_difference: float
    largest_child: int
    bias: float | None
    bias_grade: Grade | None

    @property
    def passes(self) -> bool:
        """True where precision passes and, against a reference, accuracy too."""
        return self.tem_grade.passes and (self.bias_grade is None or self.bias_grade.passes)


def standardise(quantity: Quantity, *, readings: Readings, reference: Readings | None) -> Result:
    """Return how well one person measured one quantity.

    readings, reference: one row per child with two readings each, in the quantity's unit; the same children in the same
    order. reference None: for the reference person, who is held against nobody.
    Raises MeasurementError: `too_few_children`, `readings_missing`, `children_differ`.
    """
    own = _checked(readings)
    differences = own[:, 0] - own[:, 1]
    tem = _rounded(sqrt(float(np.square(differences).sum()) / (2 * len(own))))
    largest = int(np.argmax(np.abs(differences)))
    bias = None
    if reference is not None:
        known = _checked(reference)
        if len(known) != len(own):
            raise MeasurementError(
                "children_differ",
                f"The reference measured {len(known)} children, this person {len(own)}. Both measure the same ones.",
                field=quantity.value,
            )
        bias = _rounded(float((own.mean(axis=1) - known.mean(axis=1)).mean()))
    return Result(
        quantity=quantity,
        children=len(own),
        tem=tem,
        relative_tem_percent=100.0 * tem / float(own.mean()),
        tem_grade=_grade(tem, TEM_BELOW[quantity]),
        largest_difference=_rounded(float(abs(differences[largest]))),
        largest_child=largest,
        bias=bias,
        bias_grade=None if bias is None else _grade(abs(bias), BIAS_BELOW[quantity]),
    )


def _checked(readings: Readings) -> FloatArray:
    """Return readings as an array, shape (children, 2)."""
    if len(readings) < LEAST_CHILDREN:
        raise MeasurementError(
            "too_few_children",
            f"{len(readings)} children were measured; a test needs {LEAST_CHILDREN}.",
            field="readings",
        )
    if any(len(row) != TURNS or any(value is None for value in row) for row in readings):
        raise MeasurementError(
            "readings_missing", "A reading is missing. Each child is measured twice.", field="readings"
        )
    return np.array(readings, dtype=np.float64)


def _rounded(value: float) -> float:
    return round(value, DECIMALS)


def _grade(value: float, below: tuple[float, float, float]) -> Grade:
    return tuple(Grade)[sum(value >= limit for limit in below)]
