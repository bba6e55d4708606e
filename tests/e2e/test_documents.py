"""The family's card and the page of exports in a real browser: fit for people with disabilities, phones and paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts.models import User
from children.models import Child, Measurement
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
SAM = {"weight_kg": 7.0, "length_height_cm": 80, "position": "length", "muac_mm": 110, "oedema": False}


def test_card_and_exports_have_no_fault_on_any_screen(
    visit: Callable[..., Visitor], child: Child, make_measurement: Callable[..., Measurement], supervisor: User
) -> None:
    make_measurement(**SAM)
    faults = []

    for width, theme in ((WIDE, "light"), (NARROW, "dark")):
        visitor = visit(viewport=width, color_scheme=theme, accept_downloads=True)
        visitor.sign_in("supervisor")
        visitor.page.wait_for_url("**/")
        visitor.page.goto(reverse("child_card", args=[child.pk]))
        visitor.shoot(f"card-{width['width']}-{theme}")
        faults += [*visitor.axe_violations(), *(["card too wide"] if visitor.overflow_px() > 0 else [])]
        visitor.page.goto(reverse("exports"))
        with visitor.page.expect_download() as download:
            visitor.page.get_by_role("button", name="Make the file").click()
        assert child.code in download.value.path().read_text(encoding="utf-8-sig")
        visitor.page.goto(reverse("exports"))
        visitor.shoot(f"exports-{width['width']}-{theme}")
        faults += [*visitor.axe_violations(), *(["exports too wide"] if visitor.overflow_px() > 0 else [])]

    assert faults == []
