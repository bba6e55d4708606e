"""The page that checks us against WHO, in a real browser: it fits, is accessible, and answers without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

CHILD = {
    "sex": "F",
    "age_days": "540",
    "weight_kg": "6.1",
    "length_height_cm": "74.33",
    "position": "height",
    "muac_mm": "109",
    "gestation_weeks": "33",
}
LOOKS = {
    f"{width['width']}-{theme}": {"viewport": width, "color_scheme": theme}
    for width in (WIDE, NARROW)
    for theme in ("light", "dark")
}


@pytest.fixture
def addresses() -> dict[str, str]:
    return {
        "check": reverse("check"),
        "check-rows": reverse("check_rows"),
        "check-rows-5-19": reverse("check_rows", query={"rows": "WHO2007:C_extreme"}),
        "check-row-absurd": reverse("check_row", args=["WHO2006", "5823"]),
        "check-row": reverse("check_row", args=["WHO2006", "3672"]),
        "check-child": reverse("check_child"),
        "check-child-answer": reverse("check_child", query=CHILD),
        "check-child-refused": reverse("check_child", query=CHILD | {"weight_kg": "6100", "age_days": "x"}),
    }


@pytest.mark.parametrize("look", LOOKS)
def test_every_part_fits_and_is_accessible(
    visit: Callable[..., Visitor], addresses: dict[str, str], supervisor: User, look: str
) -> None:
    visitor = visit(**LOOKS[look])
    visitor.sign_in("supervisor")
    visitor.page.wait_for_url("**/")
    found = []

    for name, address in addresses.items():
        visitor.page.goto(address)
        visitor.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
        visitor.shoot(f"{name}-{look}")
        found += [f"{name}: {fault}" for fault in visitor.axe_violations()]
        found += [f"{name}: {visitor.overflow_px()} px too wide"] if visitor.overflow_px() > 0 else []

    assert found == []


def test_a_typed_child_is_answered_without_javascript(visit: Callable[..., Visitor], supervisor: User) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("supervisor")
    page.locator("summary", has_text="More").click()
    page.get_by_role("link", name="Check us against WHO").click()
    page.get_by_role("link", name="One child").click()

    page.get_by_label("Girl").check()
    page.get_by_label("Date of birth").fill("2024-01-10")
    page.get_by_label("Date of visit").fill("2025-07-03")
    page.get_by_label("Weight").fill("7,2")
    page.get_by_role("button", name="Show every step").click()

    expect(page.locator("#answer")).to_contain_text("Weight for age")
    expect(page.locator("#sum-waz")).to_contain_text("row of day 540")
    assert "age_days=540" in page.url
    assert "2024" not in page.url
