"""Programme pages and standardisation tests in a real browser: they fit, are accessible, and say who passed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.standardisation import ReadValues, save_readings, start_test
from accounts.standardisation_models import StandardisationTest
from children.models import Child, Measurement
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(supervisor: User, child: Child) -> StandardisationTest:
    """A test with the reference's readings, exactly alike."""
    test = start_test(clinic=child.clinic, held_on=timezone.localdate(), reference=supervisor, held_by=supervisor)
    alike = ReadValues(weight_kg=Decimal("9.1"), length_height_cm=Decimal("74.2"), muac_mm=Decimal(141))
    places = [(number, turn) for number in range(1, 11) for turn in (1, 2)]
    save_readings(sheet=test.sheets.get(), readings=dict.fromkeys(places, alike), saved_by=supervisor)
    return test


def test_programme_pages_fit_and_are_accessible(
    visit: Callable[..., Visitor], held: StandardisationTest, make_measurement: Callable[..., Measurement]
) -> None:
    make_measurement(
        weight_kg=7.4, length_height_cm=80, position="length", muac_mm=112, oedema=False, measured_by="Amina Otieno"
    )
    visitor = visit(viewport=NARROW)
    visitor.sign_in("supervisor")
    visitor.page.wait_for_url("**/")
    faults: list[str] = []
    for name in ("programme_criteria", "programme_cases", "programme_quality", "standardisation"):
        faults += _faults(visitor, name, reverse(name))
    faults += _faults(visitor, "sheet", reverse("standardisation_sheet", args=[held.sheets.get().pk]))
    faults += _faults(visitor, "test", reverse("standardisation_test", args=[held.pk]))

    visitor.page.get_by_role("button", name="Close the test").click()
    visitor.page.get_by_role("link", name="Certificate").click()
    visitor.page.get_by_text("passed the standardisation test").wait_for()

    faults += _faults(visitor, "certificate", visitor.page.url)
    assert faults == []


def _faults(visitor: Visitor, name: str, address: str) -> list[str]:
    """Return what is wrong with a page, narrow and light, wide and dark."""
    faults = []
    for viewport, theme in ((NARROW, "light"), (WIDE, "dark")):
        visitor.page.set_viewport_size(viewport)
        visitor.page.emulate_media(color_scheme=theme)
        visitor.page.goto(address)
        visitor.shoot(f"{name}-{viewport['width']}-{theme}")
        faults += [f"{name} {theme}: {violation}" for violation in visitor.axe_violations()]
        if visitor.overflow_px() > 0:
            faults.append(f"{name}: {visitor.overflow_px()} px too wide at {viewport['width']}")
    return faults
