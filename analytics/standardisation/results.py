"""What the readings of a test say: technical error, bias and verdict of everybody who took part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.standardisation import close_test
from accounts.standardisation_models import (
    CHILDREN,
    TURNS,
    StandardisationCertificate,
    StandardisationSheet,
    StandardisationTest,
)
from cgm_portal.errors import DomainError
from children.growth.survey.standardisation import Quantity, Readings, Result, standardise


@dataclass(frozen=True)
class SheetResult:
    """One person: a result for each quantity of the test, None while its readings are not complete.

    `passes`: None while anything is missing.
    """

    sheet: StandardisationSheet
    results: dict[Quantity, Result | None]
    read: int
    wanted: int

    @property
    def is_complete(self) -> bool:
        """True when nothing is missing."""
        return bool(self.results) and None not in self.results.values()

    @property
    def passes(self) -> bool | None:
        """True where every quantity passes."""
        return all(result.passes for result in self.results.values() if result) if self.is_complete else None


def results_of(test: StandardisationTest) -> list[SheetResult]:
    """Return the results of a test, the reference first.

    The test is about the quantities that the reference has read completely. Two queries.
    """
    sheets = list(test.sheets.select_related("measurer", "certificate").prefetch_related("readings"))
    reference = next((sheet for sheet in sheets if sheet.is_reference), None)
    if reference is None:
        return []
    known = {quantity: _readings(reference, quantity) for quantity in Quantity}
    quantities = [quantity for quantity, readings in known.items() if _is_complete(readings)]
    return [_result(sheet, quantities, known) for sheet in sheets]


@transaction.atomic
def close_with_certificates(*, test: StandardisationTest, closed_by: User) -> list[StandardisationCertificate]:
    """Close the test and certify who passed in everything.

    Raises DomainError: `reference_missing` (nothing is complete), `reference_not_precise`, and those of `close_test`.
    """
    test = StandardisationTest.objects.select_for_update().get(pk=test.pk)  # no reading is stored meanwhile
    results = results_of(test)
    reference = next((result for result in results if result.sheet.is_reference), None)
    if reference is None or not reference.is_complete:
        raise DomainError(
            "reference_missing", _("The reference's readings are not complete: nobody can be held against them.")
        )
    if not reference.passes:
        raise DomainError(
            "reference_not_precise",
            _("The reference's own two readings differ too much. Repeat the test with another reference."),
        )
    passed = [result.sheet.pk for result in results if result.passes]
    return close_test(test=test, passed=passed, closed_by=closed_by)


def _result(
    sheet: StandardisationSheet, quantities: Sequence[Quantity], known: dict[Quantity, Readings]
) -> SheetResult:
    results: dict[Quantity, Result | None] = {}
    for quantity in quantities:
        readings = _readings(sheet, quantity)
        reference = None if sheet.is_reference else known[quantity]
        complete = _is_complete(readings)
        results[quantity] = standardise(quantity, readings=readings, reference=reference) if complete else None
    asked = quantities or list(Quantity)
    read = sum(value is not None for quantity in asked for row in _readings(sheet, quantity) for value in row)
    return SheetResult(sheet=sheet, results=results, read=read, wanted=len(asked) * CHILDREN * TURNS)


def _readings(sheet: StandardisationSheet, quantity: Quantity) -> Readings:
    """Return the readings of one quantity, child by child, both turns; None where nothing was read."""
    of_place = {(reading.child_number, reading.turn): reading for reading in sheet.readings.all()}
    return [
        [_value(of_place.get((child_number, turn)), quantity) for turn in range(1, TURNS + 1)]
        for child_number in range(1, CHILDREN + 1)
    ]


def _value(reading: object, quantity: Quantity) -> float | None:
    value = getattr(reading, quantity.value, None)
    return None if value is None else float(value)


def _is_complete(readings: Readings) -> bool:
    return all(value is not None for row in readings for value in row)
