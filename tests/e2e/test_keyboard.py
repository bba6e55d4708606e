"""The eight main journeys by keyboard alone: nothing needs a mouse, and the focus is seen wherever it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from care.models import Alert, FollowUp
from children.models import Child, Measurement
from tests.conftest import DATA
from tests.e2e.browsing import Visitor
from tests.e2e.keyboard import Keyboard

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def sign_in(keys: Keyboard, username: str) -> None:
    page = keys.page
    page.goto("/accounts/sign-in/")
    keys.write(page.get_by_label("User name"), username)
    keys.write(page.get_by_label("Password"), "correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def test_sign_in_register_measure_answer_a_question_find_and_correct(
    visit: Callable[..., Visitor], supervisor: User
) -> None:
    visitor = visit()
    page, keys = visitor.page, Keyboard(visitor.page)

    # 1 sign in
    sign_in(keys, "supervisor")

    # 2 register
    keys.press(page.get_by_role("link", name="Register a child"))
    keys.write(page.get_by_role("textbox", name="Child's name"), "Zawadi Achieng")
    keys.choose(page.get_by_label("Girl"))
    keys.reach(page.get_by_label("Date of birth"))
    page.keyboard.type((timezone.localdate() - timedelta(days=600)).strftime("%m%d%Y"))
    keys.write(page.get_by_label("Guardian's name"), "Halima Achieng")
    keys.choose(page.get_by_label("Care: keep the health record"))
    keys.press(page.get_by_role("button", name="Register and measure"))

    # 3 measure and answer a question: 19.8 were pounds
    keys.write(page.get_by_label("Weight"), "19.8")
    keys.write(page.get_by_label("Length or height"), "79,5")
    keys.write(page.get_by_label("MUAC"), "136")
    keys.choose(page.get_by_label("Not examined"), "ArrowUp")  # Yes
    keys.choose(page.get_by_label("Yes", exact=True), "ArrowUp")  # No
    page.keyboard.press("Tab")
    keys.press(page.get_by_role("button", name="Store the measurement"))
    expect(page.locator("#question_weight_kg")).to_be_focused()
    keys.press(page.get_by_role("button", name="It is 8.98 kg"))
    expect(page.locator("#answer")).to_be_visible()
    measured = Measurement.objects.get()
    assert (measured.weight_kg, measured.oedema) == (Decimal("8.98"), False)

    # 4 find a child by a misspelt name
    keys.press(page.get_by_role("link", name="Today", exact=True))
    keys.write(page.get_by_label("Find a child"), "sawadi")
    page.keyboard.press("Enter")
    keys.press(page.get_by_role("link", name="Zawadi Achieng"))

    # 5 correct the visit
    keys.press(page.get_by_role("link", name="Correct", exact=True))
    keys.write(page.get_by_label("MUAC"), "139")
    keys.write(page.get_by_label("Why is it corrected?"), "Tape twisted")
    keys.press(page.get_by_role("button", name="Store the correction"))
    expect(page.locator("#visits")).to_contain_text("Tape twisted")
    assert Measurement.objects.active().get().muac_mm == 139
    assert keys.unseen == []


def test_acknowledge_and_resolve_an_alert_complete_a_follow_up_take_a_scan_print_a_card(
    visit: Callable[..., Visitor],
    child: Child,
    make_measurement: Callable[..., Measurement],
    supervisor: User,
) -> None:
    make_measurement(weight_kg=9.4, length_height_cm=82, position="length", muac_mm=121, oedema=False)
    visitor = visit()
    page, keys = visitor.page, Keyboard(visitor.page)
    sign_in(keys, "supervisor")

    # 6 acknowledge and resolve an alert
    keys.press(page.get_by_role("link", name="Alerts", exact=True))
    keys.press(page.get_by_role("button", name="Acknowledge").first)
    expect(page.get_by_text("The alert is acknowledged.")).to_be_visible()
    keys.press(page.locator("summary", has_text="Resolve").first)
    keys.write(page.get_by_label("In words").first, "Treated at home")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The alert is resolved.")).to_be_visible()
    assert Alert.objects.filter(state="resolved", child=child).exists()

    # 7 complete a follow-up
    FollowUp.objects.create(child=child, reason="routine", due_on=timezone.localdate(), window_days=14)
    keys.press(page.get_by_role("link", name="Follow-ups", exact=True))
    keys.press(page.locator("main summary", has_text="Done").first)
    keys.write(page.get_by_label("What came of it?").first, "Seen at home")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The follow-up is done.")).to_be_visible()

    # 8 choose a film for a scan, then the family's card
    keys.press(page.get_by_role("link", name=child.name).first)
    keys.press(page.get_by_role("link", name="Scan", exact=True))
    keys.reach(page.get_by_label("Film from above"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(DATA / "videos" / "bad_too_short.mp4")
    keys.write(page.get_by_label("Distance from the camera"), "150")
    keys.press(page.get_by_role("button", name="Send the scan"))
    expect(page.get_by_text("Waiting for a free place")).to_be_visible()
    keys.press(page.get_by_role("link", name=child.name).first)
    keys.press(page.get_by_role("link", name="Card for the family"))
    expect(page.get_by_text(child.code).first).to_be_visible()
    assert keys.unseen == []
