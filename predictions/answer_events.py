"""What a stored prediction adds to the event of its session: estimates, quality, timings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cgm_portal.telemetry import note_stage_seconds
from predictions.models import Prediction
from scans.session_events import report_completed


def report_answer(prediction: Prediction) -> None:
    """Report the session of a new prediction and the seconds of its stages, after the commit."""
    note_stage_seconds(prediction.stage_seconds)
    report_completed(prediction.session_id, _answer(prediction))


def _answer(prediction: Prediction) -> dict[str, object]:
    return {
        "processing_seconds": round(sum(prediction.stage_seconds.values()), 3),
        "confidence": prediction.confidence,
        "scale_cue": prediction.scale_cue,
        "frames_used": prediction.frames_used,
        "mean_luminance": _worst(prediction.quality, "mean_luminance", min),
        "blur_share": _worst(prediction.quality, "blur_share", max),
        "detected_share": _worst(prediction.quality, "detected_share", min),
        "backend": prediction.backend,
        "model_version": str(prediction.model_version),
        "height_cm": _rounded(prediction.height_cm),
        "height_sd_cm": _rounded(prediction.height_sd_cm),
        "weight_kg": _rounded(prediction.weight_kg),
        "muac_mm": _rounded(prediction.muac_mm),
        "head_circumference_cm": _rounded(prediction.head_circumference_cm),
    }


def _worst(quality: Mapping[str, Mapping[str, float]], name: str, worst: Callable[..., float]) -> float | None:
    return worst((figures[name] for figures in quality.values() if name in figures), default=None)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
