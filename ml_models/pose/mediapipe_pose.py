"""MediaPipe's pose landmarker as a `PoseEstimator`.

Image mode on purpose. Video mode would carry the tracked place of one child over to the next film of the same
process, and on twelve frames spread over seconds its smoothing gains nothing. Instead each frame is first searched
where the child was last seen, enlarged so that distance matters little, then as a whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from ml_models.pose import PoseBackendError
from ml_models.pose.landmarks import LANDMARK_COUNT
from ml_models.pose.outline import find_ends, find_outline
from ml_models.pose.plausible import drop_misfits, is_body
from ml_models.types import OUTLINE_LEVELS, PoseSequence, SampledFrames

MODEL_PATH = Path(__file__).resolve().parent.parent / "weights" / "pose_landmarker_full.task"
MODEL_SHA256 = "abea360102e81858ec1429bbc6bd00c11457104584eaab85f0e79a0bd94ab858"

# Side of the square that is searched first, in body lengths: half a body's length of room on every side.
_NEAR_SIDE = 2.0
# The landmarker aborts the whole process when a mask's rows are not multiples of 16 bytes (float32: 4 px).
_WIDTH_MULTIPLE = 4


@dataclass(frozen=True)
class Box:
    """Part of a picture in px; it may reach beyond the picture."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Body:
    """One found person in px of the whole picture. `points`: (33, 2); `depth_visibility`: (33, 2); ends: (x, y);
    `outline`: as in `PoseSequence`."""

    points: NDArray[np.float64]
    depth_visibility: NDArray[np.float64]
    crown: tuple[float, float]
    soles: tuple[float, float]
    outline: NDArray[np.float32]


class MediapipePoseEstimator:
    """MediaPipe Pose Landmarker, full model, on the CPU. Not for use by several threads at once."""

    name = f"mediapipe-pose-full/{mp.__version__}+{MODEL_SHA256[:12]}"

    def __init__(self, model_path: Path = MODEL_PATH, *, sha256: str = MODEL_SHA256) -> None:
        """Load the model. Raises PoseBackendError when the file is missing or is not the one with `sha256`."""
        try:
            model = model_path.read_bytes()
        except FileNotFoundError as error:
            problem = f"The pose model's weights are not installed: {model_path} is missing."
            raise PoseBackendError(problem, code="weights_missing") from error
        if hashlib.sha256(model).hexdigest() != sha256:
            problem = f"{model_path} is not the pose model that it should be (sha256 differs)."
            raise PoseBackendError(problem, code="sha256_mismatch")
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=model),
            running_mode=vision.RunningMode.IMAGE,
            num_poses=1,
            output_segmentation_masks=True,
        )
        self._landmarker = vision.PoseLandmarker.create_from_options(options)

    def close(self) -> None:
        """Free the model."""
        self._landmarker.close()

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        """Return the landmarks of the one child over `frames`."""
        bodies: list[Body | None] = []
        last: Body | None = None
        for image in frames.images:
            body = self._find_near(image, last) or self._find_in(image, _whole(image))
            bodies.append(body)
            last = body or last
        return _to_sequence(bodies, frames.images, backend=self.name)

    def _find_near(self, image: NDArray[np.uint8], last: Body | None) -> Body | None:
        """Return the person where the last one was, None if nobody was there."""
        if last is None:
            return None
        low, high = last.points.min(axis=0), last.points.max(axis=0)
        half = _NEAR_SIDE / 2 * float((high - low).max())
        (x, y), (height, width) = (low + high) / 2, image.shape[:2]
        near = Box(
            # Not beyond the picture, unless the body goes there.
            max(min(0, int(low[0])), int(x - half)),
            max(min(0, int(low[1])), int(y - half)),
            min(max(width, int(high[0])), int(x + half)),
            min(max(height, int(high[1])), int(y + half)),
        )
        return self._find_in(image, near)

    def _find_in(self, image: NDArray[np.uint8], box: Box) -> Body | None:
        """Return the person in one part of the picture, in px of the whole picture."""
        part = _cut(image, box)
        height, width = part.shape[:2]
        if min(height, width) < _WIDTH_MULTIPLE:
            return None
        found = self._landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=part))
        if not found.pose_landmarks:
            return None
        rows = [
            (p.x * width, p.y * height, p.z * width, min(p.visibility, p.presence)) for p in found.pose_landmarks[0]
        ]
        values = np.array(rows, dtype=np.float64)  # (33, 4)
        if not is_body(values[:, :2]):
            return None
        mask = found.segmentation_masks[0].numpy_view().reshape(height, width)
        crown, soles = find_ends(mask, values[:, :2])
        corner = np.array([box.left, box.top])
        return Body(
            points=values[:, :2] + corner,
            depth_visibility=values[:, 2:],
            crown=(crown[0] + box.left, crown[1] + box.top),
            soles=(soles[0] + box.left, soles[1] + box.top),
            outline=find_outline(mask, crown, soles),
        )


def _whole(image: NDArray[np.uint8]) -> Box:
    return Box(0, 0, image.shape[1], image.shape[0])


def _cut(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the part of the picture in `box`, outermost pixels repeated beyond the edges, rows a multiple of 4 px."""
    height, width = image.shape[:2]
    inside = image[max(0, box.top) : min(height, box.bottom), max(0, box.left) : min(width, box.right)]
    fill = -(box.right - box.left) % _WIDTH_MULTIPLE
    before_y, after_y = max(0, -box.top), max(0, box.bottom - height)
    before_x, after_x = max(0, -box.left), max(0, box.right - width) + fill
    if before_y or after_y or before_x or after_x:
        return np.asarray(
            cv2.copyMakeBorder(inside, before_y, after_y, before_x, after_x, cv2.BORDER_REPLICATE), dtype=np.uint8
        )
    return np.ascontiguousarray(inside)


def _to_sequence(bodies: list[Body | None], images: NDArray[np.uint8], *, backend: str) -> PoseSequence:
    """Return the bodies in shares of the picture's sides, NaN where there is none or it does not fit the others."""
    count, height, width = images.shape[:3]
    landmarks = np.full((count, LANDMARK_COUNT, 4), np.nan, dtype=np.float32)
    ends = np.full((2, count, 2), np.nan, dtype=np.float32)
    outline = np.full((count, OUTLINE_LEVELS, 2), np.nan, dtype=np.float32)
    size = np.array([width, height], dtype=np.float64)
    for index, body in enumerate(bodies):
        if body is None:
            continue
        landmarks[index, :, :2] = body.points / size
        landmarks[index, :, 2] = body.depth_visibility[:, 0] / width
        landmarks[index, :, 3] = body.depth_visibility[:, 1]
        ends[0, index] = np.array(body.crown) / size
        ends[1, index] = np.array(body.soles) / size
        outline[index] = body.outline
    found = PoseSequence(
        landmarks=landmarks,
        detected=np.isfinite(landmarks[:, 0, 0]),
        crown=ends[0],
        soles=ends[1],
        backend=backend,
        outline=outline,
    )
    return drop_misfits(found, width=width, height=height)
