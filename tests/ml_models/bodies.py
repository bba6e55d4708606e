"""Schematic bodies as pose sequences, for specifications that need an exact place for every point."""

from __future__ import annotations

import numpy as np

from ml_models.pose.landmarks import Landmark
from ml_models.types import PoseSequence

FRAME_SIZE = (720, 1280)
FRAMES = 12

# Heights above the floor as shares of the stature. Sideways, the child's own left is +, in the same unit.
# A child of about three years: Snyder et al., Anthropometry of infants, children and youths (1977), rounded.
CHILD = {"crown": 1.0, "eyes": 0.88, "mouth": 0.845, "shoulders": 0.77, "hips": 0.48, "knees": 0.26, "ankles": 0.05}
ADULT = {"crown": 1.0, "eyes": 0.935, "mouth": 0.895, "shoulders": 0.82, "hips": 0.53, "knees": 0.285, "ankles": 0.04}


def standing(
    *,
    stature_px: float = 600.0,
    feet_at: tuple[float, float] = (360.0, 1000.0),
    heights: dict[str, float] = CHILD,
    shoulder_breadth: float = 0.2,
    clockwise_deg: float = 0.0,
    frames: int = FRAMES,
) -> PoseSequence:
    """Return a body that stands still with its feet at `feet_at` (px), turned about them by `clockwise_deg`."""
    half = shoulder_breadth / 2
    places = np.zeros((33, 2))
    for point in Landmark:
        name = point.name
        side = 1.0 if name.startswith("LEFT") or name.endswith("LEFT") else -1.0
        if "EYE" in name or "EAR" in name or name == "NOSE":
            places[point] = (0.25 * half * side * ("EYE" in name or "EAR" in name), heights["eyes"])
        elif "MOUTH" in name:
            places[point] = (0.1 * half * side, heights["mouth"])
        elif "HIP" in name:
            places[point] = (0.6 * half * side, heights["hips"])
        elif "KNEE" in name:
            places[point] = (0.6 * half * side, heights["knees"])
        elif "ANKLE" in name:
            places[point] = (0.6 * half * side, heights["ankles"])
        elif "HEEL" in name or "FOOT" in name:
            places[point] = (0.6 * half * side, 0.01)
        else:  # arms hang
            places[point] = (half * side, heights["shoulders"] if "SHOULDER" in name else 0.5)
    turn = np.radians(clockwise_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def to_share(points: np.ndarray) -> np.ndarray:
        px = points * [1, -1] * stature_px @ rotation.T + feet_at
        return px / FRAME_SIZE

    landmarks = np.zeros((frames, 33, 4), dtype=np.float32)
    landmarks[:, :, :2] = to_share(places)
    landmarks[:, :, 3] = 1.0
    return PoseSequence(
        landmarks=landmarks,
        detected=np.ones(frames, dtype=bool),
        crown=np.tile(to_share(np.array([[0.0, heights["crown"]]])), (frames, 1)).astype(np.float32),
        soles=np.tile(to_share(np.array([[0.0, 0.0]])), (frames, 1)).astype(np.float32),
        backend="schematic",
    )
