"""A supervisor works through the review queue in a real browser, with pictures whose heads are hidden."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from children.models import Child
from ml_models.pose import load_pose_estimator
from predictions.frames import FilmedFrames, keep_review_frames
from predictions.models import SessionReview
from scans.models import ScanSession
from tests.e2e.browsing import NARROW, WIDE, Visitor
from tests.ml_models import sessions
from tests.servers import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def refused(make_child: Callable[..., Child], make_session: Callable[..., ScanSession]) -> ScanSession:
    """A refused scan of a rendered child, with pictures."""
    child = make_child(age_days=1200, name="Baraka Mwangi", purposes=("care", "scan", "image_review"))
    session = make_session(child=child, scan_type="standing_front", marker_used=True, marker_sheet="a4")
    ended = ScanSession.objects.filter(pk=session.pk)
    ended.update(state="unusable", reason="marker_not_found", finished_at=timezone.now())
    film = FilmedFrames("standing_front", sessions.frames_of("A005_front"))
    assert keep_review_frames(session.pk, [film], load_pose_estimator) > 0
    return session


def wait_for_pictures(visitor: Visitor) -> None:
    loaded = "[...document.querySelectorAll('.frame img')].every(frame => frame.naturalWidth > 0)"
    wait_until(lambda: visitor.page.evaluate(loaded), what="the pictures")


def test_a_supervisor_looks_at_pictures_and_calls_a_scan_bad(
    visit: Callable[..., Visitor], refused: ScanSession, supervisor: User
) -> None:
    faults = []
    for name, look in (("1280-light", {"viewport": WIDE}), ("360-dark", {"viewport": NARROW, "color_scheme": "dark"})):
        visitor = visit(**look)
        page = visitor.page
        visitor.sign_in("supervisor")
        page.wait_for_url("**/")
        page.goto(reverse("review"))
        visitor.shoot(f"review-queue-{name}")
        faults += visitor.axe_violations() + [f"queue {visitor.overflow_px()} px"] * (visitor.overflow_px() > 0)

        page.locator("#waiting td a.button").click()
        page.get_by_label("Draw the points and the marker").check()
        expect(page.locator("#frames svg.overlay").first).to_be_visible()
        wait_for_pictures(visitor)
        visitor.shoot(f"review-session-{name}")
        faults += visitor.axe_violations() + [f"session {visitor.overflow_px()} px"] * (visitor.overflow_px() > 0)

    page.locator("label.choice", has_text="Bad").click()
    page.get_by_label("If it is bad: why?").select_option("marker_misplaced")
    page.get_by_role("button", name="Store the review").click()
    expect(page.get_by_text("The review is stored.")).to_be_visible()
    expect(page.locator("#review b")).to_have_text("The marker does not stand beside the child")

    assert SessionReview.objects.get().verdict == "bad"
    assert faults == []
