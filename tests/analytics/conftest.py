"""A scan with its prediction, stored without the model."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from children.models import Measurement
from children.services import MeasuredValues, record_measurement
from predictions.models import ModelVersion, Prediction
from scans.models import ScanSession
from scans.services import start_session


@pytest.fixture
def make_scan(health_worker):
    """Return a maker of finished scans: `make_scan(child, cm=80.0, sd=1.5, days_ago=0)`."""

    def make(child, *, cm, sd, days_ago=0, position="length"):
        model, _new = ModelVersion.objects.get_or_create(
            name="segments", version="test", defaults={"sha256": "0" * 64, "is_active": True}
        )
        at = timezone.now() - timedelta(days=days_ago)
        session = start_session(child=child, started_by=health_worker, facts={})
        ScanSession.objects.filter(pk=session.pk).update(state="succeeded", finished_at=at, recorded_at=at)
        measurement = record_measurement(
            child=child,
            values=MeasuredValues(
                length_height_cm=Decimal(str(cm)), length_height_sd_cm=Decimal(str(sd)), position=position
            ),
            measured_on=at.date(),
            measured_at=at,
            recorded_by=health_worker,
            source=Measurement.Source.SCAN,
        )
        Prediction.objects.create(
            session=session,
            model_version=model,
            backend="local",
            pose_backend="mediapipe",
            scale_cue="marker",
            confidence=0.6,
            height_cm=cm,
            height_sd_cm=sd,
            muac_mm=131.0,
            muac_sd_mm=6.0,
            intervals={"height_cm": {"80": [cm - sd, cm + sd]}},
            stage_seconds={"pose": 1.5},
            measurement=measurement,
        )
        return measurement

    return make
