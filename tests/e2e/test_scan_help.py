"""How to film, and a refused film that is filmed again, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from children.models import Child
from scans.models import ScanSession
from tests.conftest import DATA
from tests.e2e.browsing import NARROW, WIDE, Visitor
from tests.servers import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("1280-light", {"viewport": WIDE, "color_scheme": "light"}),
        ("360-dark", {"viewport": NARROW, "color_scheme": "dark"}),
    ],
)
def test_a_refused_film_is_filmed_again_in_one_tap(
    visit: Callable[..., Visitor],
    make_child: Callable[..., Child],
    make_session: Callable[..., ScanSession],
    health_worker: User,
    name: str,
    look: dict,
) -> None:
    child = make_child(age_days=1200, name="Baraka Mwangi")
    facts = {"marker_used": True, "marker_sheet": "a4", "camera_distance_cm": "185"}
    session = make_session(child=child, scan_type="standing_front", **facts)
    refused = ScanSession.objects.filter(pk=session.pk)
    refused.update(state="unusable", reason="feet_cut_off", finished_at=timezone.now())
    visitor = visit(**look)
    page = visitor.page
    visitor.sign_in("worker")
    page.wait_for_url("**/")

    page.goto(reverse("scan_help"))
    for picture in page.locator(".shot img").all():
        picture.scroll_into_view_if_needed()
    loaded = "[...document.querySelectorAll('.shot img')].every(shot => shot.naturalWidth === 360)"
    wait_until(lambda: page.evaluate(loaded), what="the pictures")
    visitor.shoot(f"scan-help-{name}")
    faults = visitor.axe_violations() + [f"{visitor.overflow_px()} px too wide"] * (visitor.overflow_px() > 0)

    page.goto(reverse("scan_session", args=[session.pk]))
    expect(page.get_by_role("heading", name="The feet are cut off.")).to_be_visible()
    expect(page.get_by_text("Film again with both feet and some floor in the picture.")).to_be_visible()
    visitor.shoot(f"scan-refused-{name}")
    faults += visitor.axe_violations()

    page.get_by_role("link", name="Film again", exact=True).click()
    expect(page.get_by_role("heading", name="Film again")).to_be_visible()
    visitor.shoot(f"scan-again-{name}")
    faults += visitor.axe_violations()
    page.get_by_label("Film from the front").set_input_files(DATA / "videos" / "bad_too_short.mp4")
    page.get_by_role("button", name="Send the scan").click()
    expect(page.get_by_role("heading", name="Measuring")).to_be_visible()

    again = ScanSession.objects.exclude(pk=session.pk).get()
    assert (again.marker_sheet, again.camera_distance_cm) == ("a4", 185)
    assert faults == []
