"""Stores what a model said of a session, for the attempt that owns it, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from children.models import Measurement
from children.services import MeasuredValues, record_measurement
from ml_models.quality import ReasonCode
from ml_models.types import AnthropometryEstimate, QuantityEstimate, SessionFeatures
from predictions.answer_events import report_answer
from predictions.feature_rows import features_as_json
from predictions.models import ModelVersion, Prediction
from predictions.screening import predicted_class_probabilities
from scans.ledger import Claim, finish_session
from scans.models import ScanSession

CENTIMETRES = Decimal("0.01")
SMALLEST_SD_CM = Decimal("0.01")


@dataclass(frozen=True)
class Provenance:
    """Who and what made an estimate, and at what cost. `endpoint_seconds`: None where no endpoint is configured."""

    model_version: ModelVersion
    backend: str
    pose_backend: str
    quality: Mapping[str, object]
    stage_seconds: Mapping[str, float]
    frames_used: int
    fallback_reason: str = ""
    endpoint_seconds: float | None = None


@transaction.atomic
def store_prediction(
    *,
    claim: Claim,
    estimate: AnthropometryEstimate,
    is_lying: bool,
    provenance: Provenance,
    features: SessionFeatures | None = None,
) -> Prediction | None:
    """Store the prediction, and its length or height as a measurement, if `claim` still owns the session.

    Returns None, having stored nothing, for an attempt that lost its lease. Without a length the session ends as
    unusable and the prediction is kept. `features`: what the model read, kept to ask other models later.
    """
    if estimate.height_cm is None:
        state, reason = ScanSession.State.UNUSABLE, (estimate.refused or ReasonCode.NO_USABLE_ESTIMATE).value
    else:
        state, reason = ScanSession.State.SUCCEEDED, ""
    if not finish_session(claim, state=state, reason=reason):
        return None
    session = ScanSession.objects.select_related("child__clinic__programme", "started_by").get(pk=claim.session_id)
    measurement = None
    if estimate.height_cm is not None:
        measurement = _record_length(session, estimate, is_lying)
    prediction = Prediction.objects.create(
        session=session,
        measurement=measurement,
        model_version=provenance.model_version,
        backend=provenance.backend,
        fallback_reason=provenance.fallback_reason,
        endpoint_seconds=provenance.endpoint_seconds,
        pose_backend=provenance.pose_backend,
        scale_cue=estimate.cue.value,
        confidence=estimate.confidence,
        quality=dict(provenance.quality),
        stage_seconds=dict(provenance.stage_seconds),
        frames_used=provenance.frames_used,
        features={} if features is None else features_as_json(features),
        **_columns(estimate),
    )
    report_answer(prediction)
    return prediction


def _record_length(session: ScanSession, estimate: AnthropometryEstimate, is_lying: bool) -> Measurement:
    height = estimate.height_cm
    assert height is not None
    position = Measurement.Position.LENGTH if is_lying else Measurement.Position.HEIGHT
    measured_on = session.child.clinic.programme.day_of(session.recorded_at)
    return record_measurement(
        child=session.child,
        values=MeasuredValues(
            length_height_cm=Decimal(height.mean).quantize(CENTIMETRES),
            length_height_sd_cm=max(Decimal(height.sd).quantize(CENTIMETRES), SMALLEST_SD_CM),
            position=position,
        ),
        measured_on=measured_on,
        measured_at=session.recorded_at,
        recorded_by=session.started_by,
        source=Measurement.Source.SCAN,
        class_probabilities=predicted_class_probabilities(
            estimate, child=session.child, measured_on=measured_on, position=position
        ),
    )


def _columns(estimate: AnthropometryEstimate) -> dict[str, object]:
    quantities: dict[str, tuple[str, QuantityEstimate | None]] = {
        "height_cm": ("height_sd_cm", estimate.height_cm),
        "weight_kg": ("weight_sd_kg", estimate.weight_kg),
        "muac_mm": ("muac_sd_mm", estimate.muac_mm),
        "head_circumference_cm": ("head_circumference_sd_cm", estimate.head_circumference_cm),
    }
    columns: dict[str, object] = {}
    intervals: dict[str, dict[str, list[float]]] = {}
    for name, (sd_name, quantity) in quantities.items():
        if quantity is None:
            continue
        columns[name] = quantity.mean
        columns[sd_name] = quantity.sd
        intervals[name] = {str(percent): list(bounds) for percent, bounds in quantity.intervals.items()}
    return {**columns, "intervals": intervals}
