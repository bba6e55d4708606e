"""Pose: 33 landmarks a frame from whichever pose model is configured.

Holds the seam between the pipeline and the pose models. The one model at hand is MediaPipe's; others are added by a
module of their own and named by dotted path. Imports no model itself.
"""

from __future__ import annotations

import importlib
from functools import cache
from types import MappingProxyType
from typing import Protocol

from ml_models.types import PoseSequence, SampledFrames

# Short names for settings; anything else is a dotted path "package.module.Class".
BACKENDS = MappingProxyType({"mediapipe": "ml_models.pose.mediapipe_pose.MediapipePoseEstimator"})


class PoseEstimator(Protocol):
    """Finds the one child of a film. Keeps no memory of earlier films."""

    @property
    def name(self) -> str:
        """Name and version of the model, stored with every estimate."""
        ...

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        """Return the landmarks of the most conspicuous person; `detected` is False where nobody was found."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


class PoseBackendError(Exception):
    """A pose model that cannot be used: not known, not installed, or not the file that it should be."""


@cache
def load_pose_estimator(backend: str = "mediapipe") -> PoseEstimator:
    """Return the pose estimator `backend`, a short name or a dotted path to a class without arguments.

    A process loads each model once and keeps it. Raises PoseBackendError with what is missing.
    """
    module_name, _, class_name = BACKENDS.get(backend, backend).rpartition(".")
    if not module_name:
        raise PoseBackendError(f"There is no pose model {backend!r}. Known: {', '.join(BACKENDS)}, or a dotted path.")
    try:
        estimator_class = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise PoseBackendError(f"The pose model {backend!r} is not installed: {error}.") from error
    estimator: PoseEstimator = estimator_class()
    return estimator
