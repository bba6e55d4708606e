"""Which installed model is active: the newest at first, and then only what somebody promoted."""

from __future__ import annotations

import pytest

from cgm_portal.errors import DomainError
from predictions.models import ModelVersion
from predictions.registry import active_model, folder_of, register

pytestmark = pytest.mark.django_db


def test_a_fresh_installation_activates_the_newest_version_by_number(install):
    install("segments", "0.9.0")
    newest = install("segments", "0.10.0")

    version, folder = active_model()

    assert (version.label, folder) == ("segments-0.10.0", newest)
    assert version.activated_at is not None
    assert version.promoted_by is None
    assert "nobody has compared" in version.promotion_reason
    assert ModelVersion.objects.count() == 2


def test_a_yardstick_is_never_the_first_choice(install):
    install("segments", "0.1.0", kind="residual")
    install("reference", "2.0.0", kind="reference")

    assert active_model()[0].label == "segments-0.1.0"


def test_an_active_model_is_not_replaced_when_a_newer_folder_appears(install):
    install("segments", "0.1.0")
    active_model()

    install("segments", "0.2.0")

    assert active_model()[0].label == "segments-0.1.0"
    assert not ModelVersion.objects.filter(version="0.2.0").exists()


def test_a_version_keeps_what_its_manifest_says(install):
    folder = install(
        "segments",
        "0.1.0",
        kind="residual",
        metrics={"rendered": [{"n": 5}]},
        training={"data_sha256": {"films": "ab"}, "code_commit": "c0ffee", "trained_at": "2026-11-20T10:00:00"},
        card={"must_not": ["diagnose"]},
    )

    version = register(folder)

    version.refresh_from_db()
    assert version.kind == "residual"
    assert version.metrics == {"rendered": [{"n": 5}]}
    assert version.lineage["data_sha256"] == {"films": "ab"}
    assert version.card == {"must_not": ["diagnose"]}
    assert version.code_commit == "c0ffee"
    assert version.trained_at.isoformat() == "2026-11-20T10:00:00+00:00"


def test_a_manifest_without_commit_and_time_is_registered(install):
    version = register(install("segments", "0.1.0", training={"code_commit": None}))

    assert (version.code_commit, version.trained_at, version.card) == ("", None, {})


def test_weights_that_changed_under_a_known_version_are_refused(install):
    folder = install("segments", "0.1.0")
    register(folder)
    (folder / "manifest.json").write_text('{"name": "segments", "version": "0.1.0", "metrics": {"better": []}}')

    with pytest.raises(DomainError) as refused:
        register(folder)

    assert refused.value.code == "model_changed"


def test_an_active_version_whose_weights_are_gone_is_named_not_replaced(install):
    folder = install("segments", "0.1.0")
    active_model()
    (folder / "manifest.json").unlink()
    install("segments", "0.2.0")

    with pytest.raises(DomainError) as refused:
        active_model()

    assert refused.value.code == "model_not_installed"
    assert "segments 0.1.0" in refused.value.message


def test_a_model_that_is_not_installed_is_answered_with_those_that_are(install):
    install("segments", "0.1.0")

    with pytest.raises(DomainError) as refused:
        folder_of("segments-9.9.9")

    assert "segments-0.1.0" in refused.value.message


def test_every_change_of_a_version_leaves_an_audit_row(install):
    version = register(install("segments", "0.1.0"))

    version.promotion_reason = "Because."
    version.save()

    events = ModelVersion.pgh_event_model.objects.filter(pgh_obj_id=version.pk).order_by("pgh_id")
    assert [event.promotion_reason for event in events] == ["", "Because."]
