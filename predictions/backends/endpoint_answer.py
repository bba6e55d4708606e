"""From the bytes that the endpoint sent to an estimate that may be stored, or an EndpointError.

Nothing is clipped, completed or guessed: an answer is right as a whole or not used at all. In this order: JSON of
finite numbers, the published schema (`ml_models/score_schema/`), the model version that is expected, errors and
intervals that belong together, and sizes that a child of this age and sex can have by WHO's own flags. Arm
circumference comes in cm and leaves in mm here and nowhere else.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from children.growth import Flag, GrowthInput, Index, MeasurementError, Position, Sex, assess
from ml_models.quality import ReasonCode
from ml_models.types import AnthropometryEstimate, QuantityEstimate, SessionFeatures
from predictions.backends.reasons import EndpointError, FallbackReason

SCHEMA = Path(__file__).resolve().parents[2] / "ml_models" / "score_schema" / "response.schema.json"
MM_PER_CM = 10.0
PERCENTS = ("50", "80", "90")
#: An SD outside these shares of its mean is no honest error of a measurement from a film; wide, by judgement.
HONEST_SD_SHARE = (0.001, 0.5)
#: Half the width of the 80 % interval in SDs, by judgement; a normal distribution's is 1.28.
HONEST_HALF_WIDTH_SDS = (0.5, 4.0)
#: What a model, not a film or a worker, may give as its reason for no value.
_REFUSALS = {ReasonCode.UNFAMILIAR_BODY, ReasonCode.IMPLAUSIBLE_SIZE, ReasonCode.POSE_MODEL_DIFFERS}
_WHO_FLAGS = {Flag(index.value) for index in Index}


def read_answer(body: bytes, *, features: SessionFeatures, expected_version: str) -> AnthropometryEstimate:
    """Return the estimate in `body` for the session with `features`.

    Raises EndpointError: `not_json`, `not_finite`, `schema_mismatch`, `model_version_differs`, `implausible`.
    """
    row = _parse(body)
    if not isinstance(row, dict) or not _validator().is_valid(row):
        raise EndpointError(FallbackReason.SCHEMA_MISMATCH)
    if row["model_version"] != expected_version:
        raise EndpointError(FallbackReason.MODEL_VERSION_DIFFERS, f"expected {expected_version}")
    estimate = AnthropometryEstimate(
        height_cm=_quantity(row, "height_cm"),
        weight_kg=_quantity(row, "weight_kg"),
        muac_mm=_in_millimetres(_quantity(row, "arm_circumference_cm")),
        head_circumference_cm=_quantity(row, "head_circumference_cm"),
        cue=features.cue,
        confidence=row["confidence_score"],
        model_version=row["model_version"],
        refused=_refusal(row["reasons"]),
    )
    if not _is_plausible(estimate, features):
        raise EndpointError(FallbackReason.IMPLAUSIBLE, "WHO's limits")
    return estimate


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise EndpointError(FallbackReason.NOT_JSON) from None


def _finite(text: str) -> float:
    number = float(text)  # 1e999 is inf
    if not math.isfinite(number):
        raise EndpointError(FallbackReason.NOT_FINITE)
    return number


def _quantity(row: dict[str, Any], field: str) -> QuantityEstimate | None:
    """Return one size with its error, in the unit of its name, None where none was given."""
    mean, sd, intervals = row[field], row["sd"][field], row["intervals"][field]
    given = [value is not None for value in (mean, sd, intervals)]
    if not any(given):
        return None
    if not all(given):
        raise EndpointError(FallbackReason.SCHEMA_MISMATCH, f"{field} without its error")
    bounds = [intervals[percent] for percent in PERCENTS]
    ladder = [*(low for low, _high in reversed(bounds)), mean, *(high for _low, high in bounds)]
    low, high = intervals["80"]
    if ladder != sorted(ladder) or ladder[0] <= 0:
        raise EndpointError(FallbackReason.IMPLAUSIBLE, f"intervals of {field} out of order")
    if not _within(sd / mean, HONEST_SD_SHARE) or not _within((high - low) / 2 / sd, HONEST_HALF_WIDTH_SDS):
        raise EndpointError(FallbackReason.IMPLAUSIBLE, f"error of {field}")
    return QuantityEstimate(
        mean=float(mean),
        sd=float(sd),
        intervals={int(percent): (float(intervals[percent][0]), float(intervals[percent][1])) for percent in PERCENTS},
    )


def _in_millimetres(arm_cm: QuantityEstimate | None) -> QuantityEstimate | None:
    if arm_cm is None:
        return None
    return QuantityEstimate(
        mean=arm_cm.mean * MM_PER_CM,
        sd=arm_cm.sd * MM_PER_CM,
        intervals={percent: (low * MM_PER_CM, high * MM_PER_CM) for percent, (low, high) in arm_cm.intervals.items()},
    )


def _refusal(reasons: list[str]) -> ReasonCode | None:
    """Return why the model gives no value; "no usable estimate" is what a model without a reason says."""
    if not reasons or reasons == [ReasonCode.NO_USABLE_ESTIMATE.value]:
        return None
    if reasons[0] not in _REFUSALS:
        raise EndpointError(FallbackReason.SCHEMA_MISMATCH, "a reason that is not a model's")
    return ReasonCode(reasons[0])


def _is_plausible(estimate: AnthropometryEstimate, features: SessionFeatures) -> bool:
    """Tell whether no z-score of the estimate is beyond WHO's limits for the child's age and sex.

    The age is not corrected for an early birth: who is flagged for that alone is answered by the local model.
    """
    means = {
        name: None if (quantity := getattr(estimate, name)) is None else quantity.mean
        for name in ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
    }
    visit = GrowthInput(
        sex=Sex(features.subject.sex),
        age_days=features.subject.age_days,
        position=Position.LENGTH if features.is_lying else Position.HEIGHT,
        length_height_cm=means.pop("height_cm"),
        **means,
    )
    try:
        return not _WHO_FLAGS & assess(visit).flags
    except MeasurementError:
        return False


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
