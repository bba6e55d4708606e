"""The questions back in the measuring form: they fit a phone, need no script, and one press answers each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from children.models import Child, Measurement
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def girl(make_child: Callable[..., Child], make_measurement: Callable[..., Measurement]) -> Child:
    child = make_child(age_days=700, name="Zawadi Achieng")
    make_measurement(
        child=child, days_ago=30, weight_kg=9.8, length_height_cm=82, position="length", muac_mm=141, oedema=False
    )
    return child


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["1280", "360"])
def test_three_questions_fit_and_are_answered_at_once(
    visit: Callable[..., Visitor], girl: Child, health_worker: User, width: dict[str, int], theme: str
) -> None:
    visitor = visit(viewport=width, color_scheme=theme)
    page = visitor.page
    visitor.sign_in("worker")
    page.wait_for_url("**/")
    page.goto(reverse("children:measure", args=[girl.pk]))
    page.get_by_label("Weight").fill("21.6")
    page.get_by_label("Length or height").fill("79")
    page.get_by_label("MUAC").fill("185")
    page.get_by_role("button", name="Store the measurement").click()

    expect(page.get_by_text("Please answer the 3 questions below")).to_be_visible()
    visitor.shoot(f"questions-{width['width']}-{theme}")
    assert visitor.overflow_px() == 0
    assert visitor.axe_violations() == []

    page.get_by_role("radio", name="It is 9.8 kg").press("Space")
    page.get_by_role("checkbox", name="79 cm is right").press("Space")
    page.get_by_label("MUAC").fill("143")
    page.get_by_role("button", name="Store the measurement").click()
    page.wait_for_url(f"**{reverse('child', args=[girl.pk])}")
    stored = Measurement.objects.get(child=girl, weight_kg=Decimal("9.8"), muac_mm=143)
    assert stored.length_height_cm == Decimal("79")


def test_a_swap_is_put_right_without_javascript(
    visit: Callable[..., Visitor], make_child: Callable[..., Child], health_worker: User
) -> None:
    boy = make_child(age_days=1200, sex="M", name="Baraka Mwangi")
    visitor = visit(viewport=NARROW, java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("worker")
    page.wait_for_url("**/")
    page.goto(reverse("children:measure", args=[boy.pk]))
    page.get_by_label("Weight").fill("94.2")
    page.get_by_label("Length or height").fill("13.4")
    page.get_by_role("button", name="Store the measurement").click()

    visitor.shoot("question-swap-360")
    page.get_by_role("button", name="Swap them: weight 13.4 kg, height 94.2 cm").click()

    page.wait_for_url(f"**{reverse('child', args=[boy.pk])}")
    stored = Measurement.objects.get(child=boy)
    assert (stored.weight_kg, stored.length_height_cm) == (Decimal("13.4"), Decimal("94.2"))
