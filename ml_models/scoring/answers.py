"""An estimate as the scoring service answers it; nothing is rounded, so that remote and local numbers are the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ml_models.reasons import ReasonCode
from ml_models.types import AnthropometryEstimate, QuantityEstimate

#: Fields of an answer: the quantity of our estimates, and how many of its units make one of the answer's.
QUANTITY_OF_FIELD = {
    "height_cm": ("height_cm", 1.0),
    "weight_kg": ("weight_kg", 1.0),
    "arm_circumference_cm": ("muac_mm", 10.0),
    "head_circumference_cm": ("head_circumference_cm", 1.0),
}


def answer_row(estimate: AnthropometryEstimate) -> dict[str, Any]:
    """Return one row of `score_schema/response.schema.json`.

    `confidence_score` is the calibrated probability that the height is within 1.4 cm of the truth. A row without a
    height has no value at all and says why in `reasons`; so does one with a size that is not positive.
    """
    sizes = {field: getattr(estimate, name) for field, (name, _unit) in QUANTITY_OF_FIELD.items()}
    if any(size is not None and not _is_size(size.mean) for size in sizes.values()):
        return answer_row(_refused(estimate))
    # As `measuring.no_length_reason`, which would bring the vision libraries along.
    reason = None if sizes["height_cm"] is not None else estimate.refused or ReasonCode.NO_USABLE_ESTIMATE
    told = {field: None if reason else _scaled(size, QUANTITY_OF_FIELD[field][1]) for field, size in sizes.items()}
    return {
        **{field: None if size is None else size.mean for field, size in told.items()},
        "model_version": estimate.model_version,
        "confidence_score": None if reason else estimate.confidence,
        "sd": {field: None if size is None else size.sd for field, size in told.items()},
        "intervals": {field: None if size is None else _intervals(size) for field, size in told.items()},
        "reasons": [] if reason is None else [reason.value],
    }


def _is_size(mean: float) -> bool:
    return math.isfinite(mean) and mean > 0


def _refused(estimate: AnthropometryEstimate) -> AnthropometryEstimate:
    nothing = replace(estimate, height_cm=None, weight_kg=None, muac_mm=None, head_circumference_cm=None)
    return replace(nothing, confidence=None, refused=ReasonCode.IMPLAUSIBLE_SIZE)


def _scaled(size: QuantityEstimate | None, units: float) -> QuantityEstimate | None:
    if size is None:
        return None
    intervals = {percent: (low / units, high / units) for percent, (low, high) in size.intervals.items()}
    return QuantityEstimate(size.mean / units, size.sd / units, intervals)


def _intervals(size: QuantityEstimate) -> dict[str, list[float]]:
    return {str(percent): [low, high] for percent, (low, high) in size.intervals.items()}
