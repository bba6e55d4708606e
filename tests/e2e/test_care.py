"""The pages of care in a real browser: from an alert to the end of a treatment, and every page fit to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from care.models import FollowUp, TreatmentEpisode
from care.treatment import admit_child
from children.models import Child, Measurement
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SAM = {"weight_kg": 7.0, "length_height_cm": 80, "position": "length", "muac_mm": 110, "oedema": False}


@pytest.fixture
def ill_child(child: Child, make_measurement: Callable[..., Measurement]) -> Child:
    make_measurement(**SAM)
    return child


@pytest.fixture
def busy_clinic(
    ill_child: Child,
    make_child: Callable[..., Child],
    make_measurement: Callable[..., Measurement],
    health_worker: User,
) -> Child:
    """A child in treatment who stays away, others who ended theirs, and one with a missed follow-up."""
    today = timezone.localdate()
    treated = make_child(name="Baraka Mwangi Otieno")
    for days_ago, weight_kg, muac_mm in ((48, 7.0, 110), (41, 7.1, 112), (34, 7.4, 115)):
        make_measurement(
            child=treated,
            days_ago=days_ago,
            **{**SAM, "weight_kg": weight_kg, "muac_mm": muac_mm, "recorded_by": health_worker},
        )
    admit_child(
        child=treated,
        kind="sam",
        criterion="whz_and_muac",
        admission="new",
        admitted_on=today - timedelta(days=48),
        admitted_by=health_worker,
    )
    for number, exit_as in enumerate(["recovered"] * 5 + ["died", "defaulted", "transferred"]):
        TreatmentEpisode.objects.create(
            child=make_child(name=f"Child {number}"),
            clinic=treated.clinic,
            kind="sam",
            criterion="muac",
            admission="new",
            admitted_on=today - timedelta(days=60),
            admitted_by=health_worker,
            exit=exit_as,
            exited_on=today - timedelta(days=number * 8),
            exited_by=health_worker,
            exit_recorded_at=timezone.now(),
        )
    FollowUp.objects.create(child=ill_child, reason="routine", due_on=today - timedelta(days=40), window_days=14)
    return treated


def test_from_an_alert_to_the_end_of_a_treatment(
    visit: Callable[..., Visitor], ill_child: Child, health_worker: User
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("worker")
    page.goto(reverse("care:alerts"))
    page.get_by_text("Refer the child").click()
    page.get_by_label("Referred to").fill("District hospital")
    page.get_by_role("button", name="Note the referral").click()
    assert "Outcome not known yet" in page.locator("main").inner_text()

    page.get_by_role("link", name="Care: referral, treatment, tracing").click()
    page.get_by_text("Note what came of it").click()
    page.get_by_label("What came of it?").select_option("arrived")
    page.get_by_role("button", name="Note the outcome").click()
    page.get_by_role("button", name="Admit", exact=True).click()  # filled in by the last visit
    episode = TreatmentEpisode.objects.get(child=ill_child)
    page.get_by_text("End the treatment").first.click()
    page.get_by_label("How did it end?").select_option("transferred")
    page.get_by_role("button", name="End the treatment").click()

    assert "Transferred" in page.locator("#treatment").inner_text()
    episode.refresh_from_db()
    assert (episode.criterion, episode.exit) == ("whz_and_muac", "transferred")


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_care_fits_and_is_accessible(
    visit: Callable[..., Visitor], busy_clinic: Child, width: dict[str, int], theme: str
) -> None:
    visitor = visit(viewport=width, color_scheme=theme)
    visitor.sign_in("worker")
    addresses = {
        "care-alerts": reverse("care:alerts"),
        "care-follow-ups": reverse("care:follow_ups"),
        "care-defaulters": reverse("care:defaulters"),
        "care-treatments": reverse("care:treatments"),
        "care-cohort": reverse("care:cohort"),
        "care-cohort-admission": reverse("care:cohort") + "?by=admission&kind=mam",
        "care-child": reverse("care:child", args=[busy_clinic.pk]),
    }
    found: list[str] = []
    for name, address in addresses.items():
        visitor.page.goto(address)
        visitor.page.eval_on_selector_all("main details", "all => all.forEach(one => { one.open = true })")
        visitor.shoot(f"{name}-{width['width']}-{theme}")
        found += [f"{name}: {violation}" for violation in visitor.axe_violations()]
        for direction in ("rtl", "ltr"):
            visitor.page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            if visitor.overflow_px() > 0:
                found.append(f"{name}, {direction}: {visitor.overflow_px()} px too wide")

    assert found == []
