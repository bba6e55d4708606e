"""What a predicted weight and MUAC add to the chance that a child is acutely malnourished.

The values themselves are never accepted as measurements: half of the severe calls by a predicted MUAC are false. Their
probabilities are kept, so that "measure by hand today" is asked for in time.
"""

from __future__ import annotations

from datetime import date
from statistics import NormalDist

import numpy as np

from children.growth import Index, Position, Sex
from children.growth.age import ACUTE_BELOW_MONTHS, ACUTE_FROM_MONTHS, corrected_age_days, months
from children.growth.classification import (
    MODERATE_BELOW_Z,
    MUAC_MAM_BELOW_MM,
    MUAC_SAM_BELOW_MM,
    SEVERE_BELOW_Z,
)
from children.growth.columns import POSITION_CODES, SEX_CODES, Columns
from children.growth.indices import compute_zscores
from children.models import Child
from ml_models.types import AnthropometryEstimate, QuantityEstimate

NODES = 25  # equal-probability points of each normal distribution; a class probability is then good to about 0.01


def predicted_class_probabilities(
    estimate: AnthropometryEstimate, *, child: Child, measured_on: date, position: str
) -> dict[str, float]:
    """Return P(SAM), P(MAM), P(SAM or MAM or severe stunting), 0-1, at 6-59 months; empty elsewhere or without a
    length.

    Errors of length, weight and MUAC are taken as independent. Source of the classes: WHO/UNICEF 2009.
    """
    age_days = child.age_days_on(measured_on)
    if estimate.height_cm is None or not ACUTE_FROM_MONTHS <= months(age_days) < ACUTE_BELOW_MONTHS:
        return {}
    whz, haz = _zscores(estimate, child=child, age_days=age_days, position=position)
    muac_severe, muac_low = (_below(estimate.muac_mm, line) for line in (MUAC_SAM_BELOW_MM, MUAC_MAM_BELOW_MM))
    severe = whz < SEVERE_BELOW_Z
    low = whz < MODERATE_BELOW_Z
    stunted = haz < SEVERE_BELOW_Z
    sam = 1 - float(np.mean(~severe)) * (1 - muac_severe)
    sam_or_mam = 1 - float(np.mean(~low)) * (1 - muac_low)
    any_of_them = 1 - float(np.mean(~low & ~stunted)) * (1 - muac_low)
    return {
        "sam": round(sam, 4),
        "mam": round(sam_or_mam - sam, 4),
        "sam_mam_or_severe_stunting": round(any_of_them, 4),
    }


def _zscores(
    estimate: AnthropometryEstimate, *, child: Child, age_days: int, position: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return WHZ and HAZ over a grid of lengths and weights, shape (NODES * NODES,); NaN counts as not low."""
    assert estimate.height_cm is not None
    lengths = _points(estimate.height_cm)
    weights = _points(estimate.weight_kg) if estimate.weight_kg is not None else np.full(NODES, np.nan)
    grid_length, grid_weight = (axis.ravel() for axis in np.meshgrid(lengths, weights))
    corrected = corrected_age_days(age_days=age_days, gestation_days=child.gestation_total_days)
    columns = Columns.of(
        sex=SEX_CODES[Sex(child.sex)],
        age_days=float(age_days if corrected is None else corrected),
        position=POSITION_CODES[Position(position)],
        weight_kg=grid_weight,
        length_height_cm=grid_length,
    )
    table = compute_zscores(columns, indices=(Index.WHZ, Index.HAZ))
    return table.column(Index.WHZ), table.column(Index.HAZ)


def _points(quantity: QuantityEstimate) -> np.ndarray:
    normal = NormalDist(quantity.mean, max(quantity.sd, 1e-6))
    return np.array([normal.inv_cdf((k + 0.5) / NODES) for k in range(NODES)])


def _below(quantity: QuantityEstimate | None, line: float) -> float:
    return 0.0 if quantity is None else NormalDist(quantity.mean, max(quantity.sd, 1e-6)).cdf(line)
