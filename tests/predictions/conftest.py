"""Scans with stored features, and small installed models, without the vision part."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import User
from children.models import Child, Consent
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, SessionFeatures, Subject
from predictions.models import ModelVersion, Prediction
from predictions.services import Provenance, store_prediction
from scans.ledger import claim_session
from scans.models import ScanSession

RESEARCH = (Consent.Purpose.CARE, Consent.Purpose.SCAN, Consent.Purpose.RESEARCH_TRAINING)


def features_of(
    child: Child, *, extent_cm: float = 80.0, is_lying: bool = True, filmed_at: datetime | None = None
) -> SessionFeatures:
    """Return a small feature row: the extent, and one value that is missing."""
    filmed_on = child.clinic.programme.day_of(filmed_at or timezone.now())
    return SessionFeatures(
        names=("lying_above.crown_soles", "lying_above.trunk"),
        values=np.array([extent_cm, np.nan], dtype=np.float32),
        subject=Subject(sex=child.sex, age_days=child.age_days_on(filmed_on)),
        is_lying=is_lying,
        cue=ScaleCue.MARKER,
        scale_relative_sd=0.02,
        pose_backend="mediapipe/1",
        reference_inputs=np.linspace(0, 1, 75, dtype=np.float32),
    )


def estimate_of(height_cm: float, *, version: str = "tiny-0.1.0") -> AnthropometryEstimate:
    """Return an estimate of a length with an interval of 1.6 cm either way at 90 %."""
    quantity = QuantityEstimate(
        mean=height_cm,
        sd=1.0,
        intervals={percent: (height_cm - width, height_cm + width) for percent, width in ((50, 0.7), (90, 1.6))},
    )
    return AnthropometryEstimate(quantity, None, None, None, ScaleCue.MARKER, 0.8, version)


@pytest.fixture
def model_version(db: None) -> ModelVersion:
    return ModelVersion.objects.create(name="tiny", version="0.1.0", sha256="0" * 64, is_active=True)


@pytest.fixture
def make_scan(
    make_child: Callable[..., Child], make_session: Callable[..., ScanSession], model_version: ModelVersion
) -> Callable[..., Prediction]:
    """Return a maker of stored predictions: `make_scan(child=..., height_cm=81.0, hours_ago=2)`."""

    def make(
        *, child: Child | None = None, height_cm: float = 80.0, hours_ago: float = 0.0, is_lying: bool = True
    ) -> Prediction:
        session = make_session(child=child or make_child(purposes=RESEARCH))
        filmed_at = timezone.now() - timedelta(hours=hours_ago)
        ScanSession.objects.filter(pk=session.pk).update(recorded_at=filmed_at)
        claim = claim_session(session.pk)
        assert claim is not None
        stored = store_prediction(
            claim=claim,
            estimate=estimate_of(height_cm),
            is_lying=is_lying,
            provenance=Provenance(
                model_version=model_version,
                backend="local",
                pose_backend="mediapipe",
                quality={},
                stage_seconds={},
                frames_used=12,
            ),
            features=features_of(session.child, extent_cm=height_cm, is_lying=is_lying, filmed_at=filmed_at),
        )
        assert stored is not None
        return stored

    return make


@pytest.fixture
def weights(tmp_path: Path, settings: Any) -> Path:
    """An empty folder of installed models."""
    settings.MODEL_WEIGHTS_DIR = tmp_path / "weights"
    settings.MODEL_WEIGHTS_DIR.mkdir()
    return Path(settings.MODEL_WEIGHTS_DIR)


@pytest.fixture
def install(weights: Path) -> Callable[..., Path]:
    """Return an installer of manifests: `install("tiny", "0.2.0", kind="reference")`."""

    def put(name: str, version: str, **manifest: Any) -> Path:
        folder = weights / f"{name}-{version}"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"name": name, "version": version, **manifest}))
        return folder

    return put


@pytest.fixture
def promoter(make_user: Callable[..., User]) -> User:
    return make_user("promoter", is_staff=True)
