"""What a newcomer does in a browser: sign in, register, measure, read the answer, correct; then a scan."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from children.models import Child, Measurement
from scans.models import ScanSession
from tests.conftest import DATA
from tests.e2e.browsing import NARROW, Visitor
from tests.e2e.counting import CountedHands

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PROCESSING_MS = 120_000  # cold models on two shared cores
MOST_INTERACTIONS = 12  # from "Register a child" to the answer


def test_from_sign_in_to_a_corrected_answer(visit: Callable[..., Visitor], supervisor: User) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("supervisor")
    expect(page.get_by_text("No open alert in your clinics.")).to_be_visible()

    # register
    page.get_by_role("link", name="Register a child").click()
    page.get_by_role("textbox", name="Child's name").fill("Zawadi Achieng")
    page.get_by_label("Girl").check()
    page.get_by_label("Date of birth").fill((timezone.localdate() - timedelta(days=600)).isoformat())
    page.get_by_label("Guardian's name").fill("Halima Achieng")
    page.get_by_label("Care: keep the health record").check()
    visitor.shoot("journey-1-register")
    page.get_by_role("button", name="Register", exact=True).and_(page.locator("[name=then]")).click()
    expect(page.get_by_role("heading", name="This child was not measured yet")).to_be_visible()

    # measure: the weight was read in pounds, the form asks back and loses nothing
    page.get_by_role("link", name="Measure", exact=True).first.click()
    page.get_by_label("Weight").fill("19.8")
    page.get_by_label("Length or height").fill("79,5")
    page.get_by_label("MUAC").fill("112")
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Store the measurement").click()
    expect(page.get_by_text("Is the weight really 19.8 kg?")).to_be_visible()
    visitor.shoot("journey-2-question")
    page.get_by_label("Weight").fill("7.7")
    page.get_by_role("button", name="Store the measurement").click()

    # one plain answer and the curve
    banner = page.locator("#answer")
    expect(banner).to_contain_text("Severe acute malnutrition")
    expect(banner).to_contain_text("Refer for treatment today.")
    expect(page.locator("#chart .chart-figure .scatterlayer .trace").first).to_be_attached()
    page.get_by_role("link", name="MUAC", exact=True).click()
    expect(page.get_by_role("heading", name="MUAC for age")).to_be_visible()
    expect(page.locator("#chart .chart-figure").get_by_text("115 mm: severe")).to_be_visible()
    visitor.shoot("journey-3-answer")

    # the alert and the follow-up are listed for the clinic
    page.get_by_role("link", name="Alerts", exact=True).click()
    expect(page.get_by_role("link", name="Zawadi Achieng").first).to_be_visible()
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.get_by_text("The alert is acknowledged.")).to_be_visible()
    page.get_by_role("link", name="Follow-ups", exact=True).click()
    expect(page.locator("b", has_text="Check that the referral was kept")).to_be_visible()

    # the tape had slipped, and the weight was another child's: correct
    page.get_by_role("link", name="Zawadi Achieng").first.click()
    page.get_by_role("link", name="Correct", exact=True).click()
    page.get_by_label("Weight").fill("9.9")
    page.get_by_label("MUAC").fill("142")
    page.get_by_label("Why is it corrected?").fill("Values of another child")
    page.get_by_role("button", name="Store the correction").click()
    expect(banner).to_contain_text("No concern")
    expect(page.locator("#visits")).to_contain_text("Values of another child")
    visitor.shoot("journey-4-corrected")
    assert Measurement.objects.active().count() == 1


@pytest.mark.parametrize(
    ("weight_kg", "asked_back", "answer"),
    [("8.9", False, "No concern"), ("19.9", True, "Measure again")],
    ids=["plain", "with a question"],
)
def test_from_registering_to_the_answer_in_twelve_interactions(
    visit: Callable[..., Visitor], health_worker: User, weight_kg: str, asked_back: bool, answer: str
) -> None:
    visitor, hands = visit(viewport=NARROW), CountedHands()
    page = visitor.page
    visitor.sign_in("worker")
    page.get_by_role("heading", name="Open alerts").wait_for()
    began = time.monotonic()

    hands.click(page.get_by_role("link", name="Register a child"))
    hands.fill(page.get_by_role("textbox", name="Child's name"), "Zawadi Achieng")
    hands.click(page.get_by_text("Girl", exact=True))
    hands.fill(page.get_by_label("Date of birth"), (timezone.localdate() - timedelta(days=400)).isoformat())
    hands.fill(page.get_by_label("Guardian's name"), "Halima Achieng")
    hands.click(page.get_by_label("Care: keep the health record"))
    hands.click(page.get_by_role("button", name="Register and measure"))
    hands.fill(page.get_by_label("Weight"), weight_kg)
    hands.fill(page.get_by_label("Length or height"), "74.5")
    hands.fill(page.get_by_label("MUAC"), "142")
    if asked_back:
        hands.click(page.get_by_role("button", name="Store the measurement"))
        hands.click(page.get_by_role("button", name=f"{weight_kg} kg is right"))
    else:
        hands.click(page.get_by_text("No", exact=True))  # no oedema
        hands.click(page.get_by_role("button", name="Store the measurement"))

    expect(page.locator("#answer")).to_contain_text(answer)
    expect(page.locator("#chart svg").first).to_be_visible()
    print(f"{len(hands.done)} interactions, {time.monotonic() - began:.1f} s by a machine")  # noqa: T201 - to read, not to judge: a machine's seconds
    assert len(hands.done) <= MOST_INTERACTIONS, hands.done
    stored = Measurement.objects.get()
    assert [question.field for question in stored.confirmed_questions.all()] == ["weight_kg"] * asked_back


def test_a_value_far_from_the_childs_own_curve_is_confirmed_with_one_press(
    visit: Callable[..., Visitor],
    child: Child,
    make_measurement: Callable[..., Measurement],
    health_worker: User,
) -> None:
    make_measurement(days_ago=30, weight_kg=9.8, length_height_cm=82, position="length", muac_mm=141)
    visitor = visit(viewport=NARROW)
    page = visitor.page
    visitor.sign_in("worker")
    page.wait_for_url("**/")
    page.goto(f"/children/{child.pk}/measure/")

    # the change is told while it is typed
    weight = page.get_by_label("Weight")
    weight.press_sequentially("9,")
    expect(page.get_by_text("since then")).to_have_count(0)
    weight.fill("14,0")
    expect(page.get_by_text("+4.2 kg since then")).to_be_visible()
    visitor.shoot("journey-9-change")
    page.get_by_role("button", name="Store the measurement").click()

    expect(page.locator("#question_weight_kg")).to_be_focused()
    visitor.shoot("journey-10-own-curve")
    assert visitor.axe_violations() == []
    page.get_by_role("button", name="14 kg is right").click()
    expect(page.locator("#visits")).to_contain_text("Asked back and confirmed by worker")
    visitor.shoot("journey-11-confirmed")
    assert visitor.axe_violations() == []


def test_from_a_film_to_an_estimate_on_the_curve(
    visit: Callable[..., Visitor],
    gpu_worker: object,
    make_child: Callable[..., Child],
    health_worker: User,
) -> None:
    child = make_child(age_days=707, sex="M", name="Baraka Mwangi")
    visitor = visit(viewport=NARROW)
    page = visitor.page
    visitor.sign_in("worker")
    page.goto(f"/children/{child.pk}/")
    page.get_by_role("link", name="Scan", exact=True).click()

    # neither marker nor distance: the warning comes before anything is sent
    page.get_by_label("Film from above").set_input_files(DATA / "videos" / "A002_lying.mp4")
    page.get_by_role("button", name="Send the scan").click()
    expect(page.get_by_text("no length can be given")).to_be_visible()
    assert not ScanSession.objects.exists()

    page.get_by_label("The printed marker sheet is in the picture").check()
    page.get_by_label("Side of the marker's black square").fill("160")
    page.get_by_label("Distance from the camera").fill("185")
    page.get_by_label("Height of the camera").fill("197")
    page.get_by_text("Advanced").click()
    page.get_by_label("Tilt of the camera").fill("86.6")
    page.get_by_label("Focal length").fill("1366.7")
    expect(page.get_by_text("no length can be given")).to_be_hidden()
    visitor.shoot("journey-5-scan-form")
    page.get_by_role("button", name="Send the scan").click()

    # the stages move without a reload
    expect(page.get_by_role("heading", name="Measuring")).to_be_visible()
    page.evaluate("window.wasNotReloaded = true")
    visitor.shoot("journey-6-stages")
    expect(page.get_by_role("heading", name="The estimate")).to_be_visible(timeout=PROCESSING_MS)
    assert page.evaluate("window.wasNotReloaded")
    expect(page.locator("#progress")).to_contain_text("Screening estimate, not a diagnosis")
    visitor.shoot("journey-7-estimate")

    # the circle with its error bar on the curve
    page.get_by_role("link", name="See it on the curve").click()
    expect(page.get_by_role("heading", name="Length or height for age")).to_be_visible()
    expect(page.locator("#chart .chart-figure .errorbar")).to_have_count(1)
    visitor.shoot("journey-8-curve")
    scan = Measurement.objects.get(source="scan")
    assert scan.length_height_sd_cm > 0
    assert scan.weight_kg is None


def test_everything_works_without_javascript(visit: Callable[..., Visitor], child: Child, health_worker: User) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.page
    visitor.sign_in("worker")

    page.get_by_label("Find a child").fill("amina")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Amina Yusuf").click()
    page.get_by_role("link", name="Measure", exact=True).first.click()
    page.get_by_label("MUAC").fill("121")
    page.get_by_role("button", name="Store the measurement").click()
    expect(page.locator("#answer")).to_contain_text("Moderate acute malnutrition")
    page.get_by_role("link", name="MUAC", exact=True).click()
    expect(page.locator("svg.growth-svg polygon.point")).to_have_count(1)
    visitor.shoot("no-javascript-child")
    page.get_by_role("link", name="Scan", exact=True).click()
    page.get_by_label("Film from above").set_input_files(DATA / "videos" / "bad_too_short.mp4")
    page.get_by_label("Distance from the camera").fill("150")
    page.get_by_role("button", name="Send the scan").click()
    expect(page.get_by_text("Waiting for a free place")).to_be_visible()
