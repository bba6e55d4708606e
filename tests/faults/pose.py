"""A pose model that obeys its film: the real one, but a film of one size kills its process, one of another hangs it.

Named by the setting POSE_BACKEND in the workers that the fault tests start.
"""

from __future__ import annotations

import os
import threading

from ml_models.pose.mediapipe_pose import MediapipePoseEstimator
from ml_models.types import PoseSequence, SampledFrames

DEADLY_SIDE_PX = 320
HANGING_SIDE_PX = 352


class FaultyPoseEstimator:
    """MediaPipe, but for two film sizes."""

    def __init__(self) -> None:
        self._real = MediapipePoseEstimator()
        self.name = self._real.name

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        """Abort, hang, or return the landmarks."""
        if (frames.width, frames.height) == (DEADLY_SIDE_PX, DEADLY_SIDE_PX):
            os.abort()
        if (frames.width, frames.height) == (HANGING_SIDE_PX, HANGING_SIDE_PX):
            threading.Event().wait()
        return self._real.estimate(frames)

    def close(self) -> None:
        """Free the model."""
        self._real.close()
