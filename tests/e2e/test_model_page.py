"""The pages of measuring models in a real browser: they fit narrow and wide, light and dark, and are accessible."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from predictions.models import ModelVersion
from tests.analytics.models import figures_row, rendered_metrics, version_fields
from tests.e2e.browsing import NARROW, WIDE, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
LOOKS = {
    f"{width['width']}-{theme}": {"viewport": width, "color_scheme": theme}
    for width in (WIDE, NARROW)
    for theme in ("light", "dark")
}
COMPARISON = {
    "source": "clinic_pairs",
    "sentence": "Both models on the same 80 scans of 60 children measured by hand within 24 hours, none of whom taught "
    "either model.",
    "instead_of": "proportions-0.2.0",
    "objections": ["Its bias is +0.41 cm, beyond 0.3 cm and the active's."],
    "rows": [
        {
            "group": "all",
            "children": 60,
            "active_mae_cm": 1.52,
            "candidate_mae_cm": 1.11,
            "active_bias_cm": -0.2,
            "candidate_bias_cm": 0.41,
            "active_within_1_4_cm": 0.61,
            "candidate_within_1_4_cm": 0.74,
            "active_coverage_90": 0.88,
            "candidate_coverage_90": 0.91,
            "mae_difference_cm": -0.41,
            "mae_difference_interval_cm": [-0.6, -0.2],
        }
    ],
}


@pytest.fixture
def addresses(supervisor: User) -> dict[str, str]:
    ModelVersion.objects.create(**version_fields())
    adapted = ModelVersion.objects.create(
        **version_fields(
            version="0.2.1",
            is_active=True,
            activated_at=timezone.now(),
            promoted_by=supervisor,
            promotion_reason="Better for children lying, and the clinics film mostly those",
            comparison=COMPARISON,
            metrics=rendered_metrics() | {"held_out_pairs": [figures_row("lying_above", "marker")]},
            lineage={
                "base": {"label": "proportions-0.2.0"},
                "adapted": "recalibrated",
                "seed": 7,
                "training_sets": [{"name": "First pairs", "children": 140, "manifest_sha256": "ab" * 32}],
                "data_sha256": {"films_train.npz": "cd" * 32},
            },
        )
    )
    bare = ModelVersion.objects.create(**version_fields(name="old", card={}, metrics={}, lineage={}))
    return {
        "models": reverse("model_versions"),
        "model": reverse("model_version", args=[adapted.pk]),
        "model-bare": reverse("model_version", args=[bare.pk]),
    }


@pytest.mark.parametrize("look", LOOKS)
def test_model_pages_fit_and_are_accessible(
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
    assert visitor.faults == []
