"""The small values that pass between the stages of the video pipeline.

Decides the shapes and units at every seam; does no arithmetic. Standard library and numpy only, so that
web processes may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ml_models.reasons import ReasonCode


class ScanType(StrEnum):
    """How the child was filmed. Standing from 24 months, lying below."""

    STANDING_FRONT = "standing_front"
    STANDING_SIDE = "standing_side"
    LYING_ABOVE = "lying_above"

    @property
    def is_lying(self) -> bool:
        """True where the film shows recumbent length, False where it shows standing height."""
        return self is ScanType.LYING_ABOVE


#: How many levels from crown to soles the width of a body is measured at.
OUTLINE_LEVELS = 16


class ScaleCue(StrEnum):
    """What turned pixels into centimetres."""

    MARKER = "marker"
    DISTANCE = "distance"
    NONE = "none"


class MarkerSheet(StrEnum):
    """Which of the project's printable sheets of several markers stands beside the child (`ml_models.marker_sheet`)."""

    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True)
class Subject:
    """What is known of the child before the film: sex "M" or "F", age in completed days (0-6940)."""

    sex: str
    age_days: int


@dataclass(frozen=True)
class CaptureFacts:
    """What the operator and the phone tell about one film; missing is None.

    `focal_length_px` belongs to the film's own upright resolution. `distance_cm` is camera to child, perpendicular to
    the body plane. `camera_tilt_deg` is below horizontal, 90 = straight down. `marker_size_mm` is the side of the black
    square; it says that a marker is in view. `marker_id` is its number, None where nobody told it. `marker_sheet`
    says that one of the project's own sheets is in view; the sheet's layout then gives numbers and sizes.
    """

    scan_type: ScanType
    distance_cm: float | None = None
    camera_height_cm: float | None = None
    camera_tilt_deg: float | None = None
    camera_roll_deg: float | None = None
    focal_length_px: float | None = None
    phone_model: str | None = None
    marker_id: int | None = None
    marker_size_mm: float | None = None
    marker_sheet: MarkerSheet | None = None


@dataclass(frozen=True)
class CameraIntrinsics:
    """Pinhole camera in pixels of the upright film; `focal_relative_sd` is the SD of fx as a fraction of fx."""

    fx: float
    fy: float
    cx: float
    cy: float
    focal_relative_sd: float


@dataclass(frozen=True)
class WrittenCamera:
    """What the phone wrote about its camera into the film, None where nothing. `equivalent_focal_mm`: of the lens in
    use, 35 mm equivalent."""

    phone_model: str | None = None
    equivalent_focal_mm: float | None = None


@dataclass(frozen=True)
class SampledFrames:
    """Evenly spaced upright frames of one film.

    `images`: uint8, shape (frames, height, width, 3), RGB. `times_s`: float64, shape (frames,), seconds from the start.
    `width`, `height`: upright size of the film in px; `images` may be smaller, `scale` = image px / film px.
    """

    images: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    width: int
    height: int
    scale: float
    duration_s: float
    fps: float
    codec: str
    camera: WrittenCamera = WrittenCamera()


@dataclass(frozen=True)
class PoseSequence:
    """Landmarks of the one child over the sampled frames of one film.

    `landmarks`: float32, shape (frames, 33, 4); x, y in 0-1 of image width/height, z relative to the hips (about the
    same unit as x), visibility 0-1; NaN where nobody was found. `detected`: bool, shape (frames,). `crown`: float32,
    shape (frames, 2), x, y in 0-1 of the top of the head from the segmentation mask, NaN where unknown. `soles`
    likewise: the lowest point of the body along its long axis. `outline`: float32, shape (frames, OUTLINE_LEVELS, 2):
    widths of the segmentation mask at evenly spaced levels from crown to soles, of the whole body and of its longest
    unbroken part, both as fractions of the crown-soles distance; None or NaN from models without a mask.
    `backend` names the pose model.
    """

    landmarks: NDArray[np.float32]
    detected: NDArray[np.bool_]
    crown: NDArray[np.float32]
    soles: NDArray[np.float32]
    backend: str
    outline: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class ScaleEstimate:
    """Distance from the camera to the body plane along the optical axis, in cm, and its relative SD (fraction).

    With `cue` NONE `depth_cm` is None. `plane_normal`: unit normal of the body plane in camera coordinates (x right,
    y down, z forward) where a marker gave it, else None (assume it faces the camera as the capture facts' tilt says).
    """

    cue: ScaleCue
    depth_cm: float | None
    relative_sd: float | None
    plane_normal: tuple[float, float, float] | None = None
    notes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ViewObservation:
    """All that the features need of one film."""

    facts: CaptureFacts
    intrinsics: CameraIntrinsics
    frame_size: tuple[int, int]  # width, height of the upright film in px
    pose: PoseSequence
    scale: ScaleEstimate


@dataclass(frozen=True)
class SessionFeatures:
    """One fused feature row of a session. `values`: float32, shape (len(names),), NaN where a view is missing.

    `reference_inputs`: float32, shape (75,), what the reference network reads (33 keypoints x 2, then its nine
    metadata, `ml_models.networks.reference`), None where nobody made them. `pose_backend`: name of the pose model, None
    where unknown.
    """

    names: tuple[str, ...]
    values: NDArray[np.float32]
    subject: Subject
    is_lying: bool
    cue: ScaleCue
    scale_relative_sd: float | None
    reference_inputs: NDArray[np.float32] | None = None
    pose_backend: str | None = None


@dataclass(frozen=True)
class QuantityEstimate:
    """Mean and SD of one estimated quantity, with calibrated central intervals keyed by percent (50, 80, 90)."""

    mean: float
    sd: float
    intervals: Mapping[int, tuple[float, float]]


@dataclass(frozen=True)
class AnthropometryEstimate:
    """What a model says of one session; a quantity that it cannot give is None.

    `height_cm` is recumbent length where the session was lying. `confidence` is the calibrated probability (0-1) that
    `height_cm.mean` is within 1.4 cm of the truth, None without a height. `refused` says why a model that could have
    given values gives none.
    """

    height_cm: QuantityEstimate | None
    weight_kg: QuantityEstimate | None
    muac_mm: QuantityEstimate | None
    head_circumference_cm: QuantityEstimate | None
    cue: ScaleCue
    confidence: float | None
    model_version: str
    refused: ReasonCode | None = None
