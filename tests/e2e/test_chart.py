"""The growth chart in a browser: on a phone with and without a script, on all z-scores, by keyboard and on paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts.models import User
from children.models import Child, Measurement
from tests.e2e.browsing import NARROW, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

SMALLEST_TEXT_PX = 9  # height of the letters' box on a phone of 360 px
FULL = {
    "weight_kg": 10.4,
    "length_height_cm": 80.0,
    "position": "length",
    "muac_mm": 140,
    "head_circumference_cm": 46.0,
}
TEXT_BOXES = """svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].map(text => {
    const box = text.getBoundingClientRect();
    return [text.textContent, box.height, box.left - frame.left, frame.right - box.right];
  });
}"""


@pytest.fixture
def grown(make_child: Callable[..., Child], make_measurement: Callable[..., Measurement]) -> Child:
    child = make_child(age_days=700, name="Zawadi Achieng")
    for days_ago, weight_kg in ((120, 9.6), (60, 10.1), (0, 10.4)):
        make_measurement(child=child, days_ago=days_ago, **{**FULL, "weight_kg": weight_kg})
    return child


def test_without_a_script_a_phone_shows_every_letter_of_the_chart(
    visit: Callable[..., Visitor], grown: Child, health_worker: User
) -> None:
    visitor = visit(viewport=NARROW, java_script_enabled=False)
    visitor.sign_in("worker")
    visitor.page.wait_for_url("**/")
    for index in ("haz", "all"):
        visitor.page.goto(reverse("child", args=[grown.pk], query={"index": index}))
        visitor.shoot(f"chart-{index}-without-script")

        boxes = visitor.page.locator("svg.growth-svg").first.evaluate(TEXT_BOXES)

        assert len(boxes) > 12
        assert [text for text, height, _left, _right in boxes if height < SMALLEST_TEXT_PX] == []
        assert [text for text, _height, left, right in boxes if min(left, right) < -0.5] == []


def test_a_phone_shows_the_chosen_tab_and_all_scores_by_keyboard_and_on_paper(
    visit: Callable[..., Visitor], grown: Child, health_worker: User
) -> None:
    visitor = visit(viewport=NARROW)
    page = visitor.page
    visitor.sign_in("worker")
    page.wait_for_url("**/")
    page.goto(reverse("child", args=[grown.pk]))
    page.get_by_role("link", name="All z-scores").click()
    page.get_by_role("heading", name="All z-scores").wait_for()
    page.locator(".chart-ready").wait_for()
    tabs, chosen = (page.locator(where).bounding_box() for where in (".chart-tabs", ".chart-tabs [aria-current]"))
    assert tabs is not None
    assert chosen is not None
    assert tabs["x"] <= chosen["x"] + 1
    assert chosen["x"] + chosen["width"] <= tabs["x"] + tabs["width"] + 1

    page.locator(".chart-figure .point[tabindex]").first.focus()
    label = page.locator(".hoverlayer .hovertext").text_content()
    visitor.shoot("chart-all-phone")
    assert label is not None
    assert "WAZ z" in label
    assert "by hand" in label
    assert visitor.axe_violations() == []
    assert visitor.overflow_px() == 0

    page.emulate_media(media="print")
    assert page.locator(".chart > svg.growth-svg").is_visible()
    for hidden in (".chart-figure", ".chart-tabs", ".child-head .actions"):
        assert page.locator(hidden).is_hidden()
