"""Children with scans, films in a folder of this test, and the erasing services."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from accounts.models import User
from analytics.erasure.service import execute_request
from children.consents import withdraw_consent
from children.erasure_requests import request_erasure
from children.models import Child, Consent, ErasureRecord
from predictions.models import ModelVersion
from predictions.services import Provenance
from tests.predictions.conftest import make_scan, model_version

__all__ = ["make_scan", "model_version"]  # fixtures


@pytest.fixture
def film_folder() -> Path:
    """Where films lie: the storage of the settings, a folder."""
    return Path(storages["scan_videos"].location)  # type: ignore[attr-defined]


@pytest.fixture
def ledger_folder() -> Path:
    """Where the copies of the ledger lie."""
    return Path(storages["database_backups"].location) / "erasure-ledger"  # type: ignore[attr-defined]


@pytest.fixture
def withdraw(health_worker: User, django_capture_on_commit_callbacks: Any) -> Callable[..., ErasureRecord | None]:
    """Return a withdrawal as a worker records it: `withdraw(child, "scan")` returns the record."""

    def run(child: Child, purpose: str) -> ErasureRecord | None:
        consent = Consent.objects.live().get(child=child, purpose=purpose)
        with django_capture_on_commit_callbacks(execute=True):
            withdraw_consent(consent=consent, withdrawn_by=health_worker)
        return ErasureRecord.objects.filter(consent_id=consent.pk).first()

    return run


@pytest.fixture
def erase(
    health_worker: User, supervisor: User, django_capture_on_commit_callbacks: Any
) -> Callable[[Child], ErasureRecord]:
    """Return the whole way: a worker records the guardian's wish, a supervisor executes it."""

    def run(child: Child) -> ErasureRecord:
        with django_capture_on_commit_callbacks(execute=True):
            wish = request_erasure(child=child, requested_by=health_worker, why="guardian_request")
            return execute_request(request=wish, executed_by=supervisor)

    return run


@pytest.fixture
def provenance(model_version: ModelVersion) -> Provenance:
    return Provenance(
        model_version=model_version, backend="local", pose_backend="p", quality={}, stage_seconds={}, frames_used=1
    )
