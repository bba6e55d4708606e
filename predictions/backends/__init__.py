"""Who turns session features into an estimate: the local model now, a remote endpoint by settings later."""

from __future__ import annotations

from typing import Protocol

from ml_models.types import AnthropometryEstimate, SessionFeatures


class PredictionBackend(Protocol):
    """Serves one model version."""

    name: str

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return the estimate for one session."""
        ...
