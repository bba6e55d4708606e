"""The orders in which other pose models list their points, and which of our 33 landmarks each of them is.

A point that a model has and we lack (neck, middle of the hips, small toes) is used to find people, then left out; one
that we have and the model lacks stays unknown. Nothing is put in its place. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from ml_models.pose.landmarks import Landmark as L

Limb = tuple[int, int, int]


class KeypointOrder(StrEnum):
    """Who lists which points in which order."""

    COCO_17 = "COCO_17"
    """COCO's person keypoints: Detectron2, torchvision and most heatmap networks."""
    COCO_18 = "COCO_18"
    """OpenPose's COCO model: the same with a neck, in another order."""
    BODY_25 = "BODY_25"
    """OpenPose's default model, with feet."""

    @property
    def landmarks(self) -> tuple[L | None, ...]:
        """The landmark of each point, None for points that we do not have."""
        return _LANDMARKS[self]

    @property
    def limbs(self) -> tuple[Limb, ...]:
        """Pairs of points that OpenPose's part affinity fields join: (from, to, channel of x); y is the next channel.

        Empty where no such network exists.
        """
        return _LIMBS.get(self, ())


_ARM_RIGHT = (L.RIGHT_SHOULDER, L.RIGHT_ELBOW, L.RIGHT_WRIST)
_ARM_LEFT = (L.LEFT_SHOULDER, L.LEFT_ELBOW, L.LEFT_WRIST)
_LEG_RIGHT = (L.RIGHT_HIP, L.RIGHT_KNEE, L.RIGHT_ANKLE)
_LEG_LEFT = (L.LEFT_HIP, L.LEFT_KNEE, L.LEFT_ANKLE)
_FACE = (L.RIGHT_EYE, L.LEFT_EYE, L.RIGHT_EAR, L.LEFT_EAR)

# Source of OpenPose's orders, pairs and channels: its `src/openpose/pose/poseParameters.cpp`; of COCO's order: the
# person category of its keypoint annotations. Toes: big toe, small toe, heel; a big toe's tip is our foot index.
_LANDMARKS: Mapping[KeypointOrder, tuple[L | None, ...]] = MappingProxyType(
    {
        KeypointOrder.COCO_17: (
            L.NOSE,
            *(L.LEFT_EYE, L.RIGHT_EYE, L.LEFT_EAR, L.RIGHT_EAR),
            *(L.LEFT_SHOULDER, L.RIGHT_SHOULDER, L.LEFT_ELBOW, L.RIGHT_ELBOW, L.LEFT_WRIST, L.RIGHT_WRIST),
            *(L.LEFT_HIP, L.RIGHT_HIP, L.LEFT_KNEE, L.RIGHT_KNEE, L.LEFT_ANKLE, L.RIGHT_ANKLE),
        ),
        KeypointOrder.COCO_18: (L.NOSE, None, *_ARM_RIGHT, *_ARM_LEFT, *_LEG_RIGHT, *_LEG_LEFT, *_FACE),
        KeypointOrder.BODY_25: (
            *(L.NOSE, None, *_ARM_RIGHT, *_ARM_LEFT, None, *_LEG_RIGHT, *_LEG_LEFT, *_FACE),
            *(L.LEFT_FOOT_INDEX, None, L.LEFT_HEEL, L.RIGHT_FOOT_INDEX, None, L.RIGHT_HEEL),
        ),
    }
)
_LIMBS: Mapping[KeypointOrder, tuple[Limb, ...]] = MappingProxyType(
    {
        KeypointOrder.COCO_18: (
            *((1, 2, 12), (1, 5, 20), (2, 3, 14), (3, 4, 16), (5, 6, 22), (6, 7, 24)),
            *((1, 8, 0), (8, 9, 2), (9, 10, 4), (1, 11, 6), (11, 12, 8), (12, 13, 10)),
            *((1, 0, 28), (0, 14, 30), (14, 16, 34), (0, 15, 32), (15, 17, 36), (2, 16, 18), (5, 17, 26)),
        ),
        KeypointOrder.BODY_25: (
            *((1, 8, 0), (1, 2, 14), (1, 5, 22), (2, 3, 16), (3, 4, 18), (5, 6, 24), (6, 7, 26)),
            *((8, 9, 6), (9, 10, 2), (10, 11, 4), (8, 12, 8), (12, 13, 10), (13, 14, 12)),
            *((1, 0, 30), (0, 15, 32), (15, 17, 36), (0, 16, 34), (16, 18, 38), (2, 17, 20), (5, 18, 28)),
            *((14, 19, 40), (19, 20, 42), (14, 21, 44), (11, 22, 46), (22, 23, 48), (11, 24, 50)),
        ),
    }
)
