"""The estimator of `ml_models`, in this process."""

from __future__ import annotations

from pathlib import Path

from ml_models.inference import Estimator, load_estimator
from ml_models.types import AnthropometryEstimate, SessionFeatures


class LocalBackend:
    """One model, loaded once per worker process; the weights' sha256 is checked at loading."""

    name = "local"

    def __init__(self, weights: Path) -> None:
        self._estimator: Estimator = load_estimator(weights)

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return the estimate for one session."""
        return self._estimator.estimate(features)
