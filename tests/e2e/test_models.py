"""Pages about how well scans do, in a real browser: they fit narrow and wide, light and dark, and are accessible."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from children.models import Child, Measurement
from predictions.models import ModelVersion, Prediction, ShadowPrediction
from scans.models import ScanSession
from scans.services import start_session
from tests.analytics.conftest import make_scan  # noqa: F401 - a fixture
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PAIRS = 16


@pytest.fixture
def addresses(
    make_child: Callable[..., Child],
    make_scan: Callable[..., Measurement],  # noqa: F811
    make_measurement: Callable[..., Measurement],
    supervisor: User,
) -> dict[str, str]:
    """Pairs of two phones, and scans that came to nothing; the pages that tell of them."""
    rng = np.random.default_rng(5)
    for number in range(PAIRS):
        true_cm = round(float(rng.normal(80.0, 3.5)), 1)
        child = make_child(age_days=int(rng.integers(500, 720)), sex="MF"[number % 2], name=f"Child {number}")
        make_scan(child, cm=round(true_cm + float(rng.normal(0.4, 1.1)), 1), sd=1.1)
        make_measurement(child=child, length_height_cm=true_cm, position="length")
    ScanSession.objects.filter(child__sex="M").update(phone_model="Samsung Galaxy A14 SM-A145F")
    now = timezone.now()
    candidate = ModelVersion.objects.create(name="segments", version="next", sha256="1" * 64, shadow_since=now)
    ShadowPrediction.objects.bulk_create(
        ShadowPrediction(session=told.session, model_version=candidate, height_cm=told.height_cm - 0.3, seconds=0.1)
        for told in Prediction.objects.select_related("session")
    )
    for reason in ("feet_cut_off", "too_dark", "feet_cut_off", "unfamiliar_body"):
        session = start_session(child=child, started_by=supervisor, facts={})
        ScanSession.objects.filter(pk=session.pk).update(
            state="unusable", reason=reason, submitted_at=now, finished_at=now
        )
    return {
        "kpis": reverse("kpis"),
        "model-yield": reverse("model_yield"),
        "model-accuracy": reverse("model_accuracy"),
        "model-watch": reverse("model_watch"),
        "model-accuracy-none": reverse("model_accuracy", query={"position": "height"}),
    }


def test_model_dashboards_fit_and_are_accessible(visit: Callable[..., Visitor], addresses: dict[str, str]) -> None:
    found = []
    for width in (WIDE, NARROW):
        visitor = visit(viewport=width)
        visitor.sign_in("supervisor")
        visitor.page.wait_for_url("**/")
        for name, address in addresses.items():
            visitor.page.goto(address)
            visitor.page.locator("main details").evaluate_all("all => all.forEach(one => { one.open = true })")
            for theme in ("light", "dark"):
                visitor.page.emulate_media(color_scheme=theme)
                visitor.shoot(f"{name}-{width['width']}-{theme}")
                found += [f"{name} {theme}: {violation}" for violation in visitor.axe_violations()]
            for direction in ("rtl", "ltr"):
                visitor.page.evaluate("direction => { document.documentElement.dir = direction }", direction)
                if visitor.overflow_px() > 0:
                    found.append(f"{name}, {direction}, {width['width']}: {visitor.overflow_px()} px too wide")

    assert found == []
