"""Who turns session features into an estimate: the local model, and by settings an endpoint before it."""

from __future__ import annotations

from typing import Protocol

from ml_models.types import AnthropometryEstimate, SessionFeatures


class PredictionBackend(Protocol):
    """Serves one model version."""

    name: str

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return the estimate for one session."""
        ...
