"""A pose model that ends its process, as native code does that meets a film it cannot stand."""

from __future__ import annotations

import os

from ml_models.types import PoseSequence, SampledFrames


class FragilePoseEstimator:
    """Never answers."""

    name = "fragile/1"

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        """End the process without a word."""
        os._exit(1)

    def close(self) -> None:
        """Nothing is held."""
