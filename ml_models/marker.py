"""Where the printed marker stands: distance and orientation by PnP in each frame, median over frames.

The marker is a square of ArUco's dictionary DICT_4X4_50 with a white margin. Decides whether the claimed marker was
seen; what its place says about the child is decided in `ml_models.scale`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.types import CameraIntrinsics, SampledFrames

# Frames in which the marker is looked for: the median of six has a third of the single frame's SD of 0.2-0.5 %.
MARKER_FRAMES = 6
# Seen in fewer frames, a marker may be a chance pattern or half covered.
_MIN_FRAMES = 2
# Corners of a flat, whole marker reproject within 0.3 px of a 1080p film or less; a bent sheet or a covered corner
# does not.
_MAX_REPROJECTION_PX = 2.0
# Half side of the window in which a corner is refined: at most this many px and this share of one of the marker's
# cells. The larger window has a distance bias of 0.33 % (SD 0.16) on drawn markers of 60-170 px, OpenCV's own of 0.46
# % (0.20).
_REFINEMENT_PX = 8
_REFINEMENT_CELLS = 0.5
# A square seen nearly from the front has two mirror-image orientations. The better one is believed when the other
# fits this many times worse, and when the frames agree within this many degrees.
_MIN_AMBIGUITY_RATIO = 3.0
_MAX_NORMAL_SD_DEG = 2.0


@dataclass(frozen=True)
class MarkerSighting:
    """The marker of one film in camera coordinates (x right, y down, z forward), medians over `frames_seen` frames.

    `centre_cm`: its middle. `normal`: unit normal away from the camera, None where the view leaves it open.
    `side_px`: its side in px of the film. `reprojection_px`: RMS of the corners in px of the film.
    `depth_relative_sd`: SD of the single frames' depth as a fraction.
    """

    centre_cm: tuple[float, float, float]
    normal: tuple[float, float, float] | None
    side_px: float
    reprojection_px: float
    depth_relative_sd: float
    frames_looked_at: int
    frames_seen: int


@dataclass(frozen=True)
class _Placement:
    """The marker in one frame: centre in cm, normal, side, error and the mirror-image orientation's error in px."""

    centre: NDArray[np.float64]
    normal: NDArray[np.float64]
    side_px: float
    error_px: float
    other_error_px: float


def find_marker(
    frames: SampledFrames,
    *,
    marker_id: int | None,
    marker_size_mm: float,
    intrinsics: CameraIntrinsics,
    usable: NDArray[np.bool_] | None = None,
) -> MarkerSighting | None:
    """Return where the marker with a black square of `marker_size_mm` stands, None if not seen.

    `marker_id`: its number (0-49); None where nobody told it: then the number that most frames show counts.
    `usable`: bool, shape (frames,), the frames to look at (those that show the child); all by default.
    Raises ValueError for a size that is not positive.
    """
    if not marker_size_mm > 0:
        raise ValueError(f"marker_size_mm must be > 0, got {marker_size_mm}")
    candidates = np.arange(len(frames.images)) if usable is None else np.flatnonzero(usable)
    if not len(candidates):
        return None
    chosen = candidates[np.unique(np.linspace(0, len(candidates) - 1, MARKER_FRAMES).round().astype(int))]
    seen = [_detect(frames.images[index]) for index in chosen]
    if marker_id is None:
        marker_id = _most_seen(seen)
    placements = []
    for markers in seen:
        corners = markers.get(marker_id)
        if corners is None:
            continue
        placement = _place((corners + 0.5) / frames.scale - 0.5, marker_size_mm / 10, intrinsics)
        if placement is not None and placement.error_px <= _MAX_REPROJECTION_PX:
            placements.append(placement)
    if len(placements) < min(_MIN_FRAMES, len(chosen)):
        return None
    return _summarise(placements, frames_looked_at=len(chosen))


@cache
def _detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.cornerRefinementWinSize = _REFINEMENT_PX
    parameters.relativeCornerRefinmentWinSize = _REFINEMENT_CELLS
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), parameters)


def _detect(image: NDArray[np.uint8]) -> dict[int | None, NDArray[np.float64]]:
    """Return the corners of each marker by its number: px, shape (4, 2), clockwise from its own top left.

    A number that is seen twice in one picture is left out: nobody knows which one is meant.
    """
    corners, ids, _ = _detector().detectMarkers(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    numbers = [] if ids is None else [int(number) for number in ids.ravel()]
    return {
        number: np.asarray(quad, dtype=np.float64).reshape(4, 2)
        for number, quad in zip(numbers, corners, strict=True)
        if numbers.count(number) == 1
    }


def _most_seen(seen: list[dict[int | None, NDArray[np.float64]]]) -> int | None:
    """Return the number that most pictures show, None if there is none."""
    counted = Counter(number for markers in seen for number in markers)
    return counted.most_common(1)[0][0] if counted else None


def _place(corners: NDArray[np.float64], size_cm: float, intrinsics: CameraIntrinsics) -> _Placement | None:
    """Return the marker's place from its corners in px of the film, shape (4, 2); None if there is no solution."""
    half = size_cm / 2
    square = np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]], dtype=np.float64)
    camera = np.array([[intrinsics.fx, 0, intrinsics.cx], [0, intrinsics.fy, intrinsics.cy], [0, 0, 1.0]])
    count, rotations, translations, errors = cv2.solvePnPGeneric(
        square, corners, camera, None, flags=cv2.SOLVEPNP_IPPE_SQUARE
    )
    if not count or not np.isfinite(translations[0]).all() or translations[0][2] <= 0:
        return None
    normal = cv2.Rodrigues(rotations[0])[0][:, 2]
    error = np.asarray(errors).ravel()
    return _Placement(
        centre=np.asarray(translations[0], dtype=np.float64).ravel(),
        normal=np.asarray(normal * np.sign(normal[2]), dtype=np.float64),
        side_px=float(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).mean()),
        error_px=float(error[0]),
        other_error_px=float(error[1]) if len(error) > 1 else float("inf"),
    )


def _summarise(placements: list[_Placement], *, frames_looked_at: int) -> MarkerSighting:
    centres = np.array([placement.centre for placement in placements])  # (frames, 3)
    depth = centres[:, 2]
    x, y, z = np.median(centres, axis=0)
    return MarkerSighting(
        centre_cm=(float(x), float(y), float(z)),
        normal=_believable_normal(placements),
        side_px=float(np.median([placement.side_px for placement in placements])),
        reprojection_px=float(np.median([placement.error_px for placement in placements])),
        depth_relative_sd=float(depth.std() / depth.mean()),
        frames_looked_at=frames_looked_at,
        frames_seen=len(placements),
    )


def _believable_normal(placements: list[_Placement]) -> tuple[float, float, float] | None:
    """Return the median normal, None where the two mirror-image orientations fit alike or the frames disagree."""
    normals = np.array([placement.normal for placement in placements])  # (frames, 3)
    ratio = np.median([placement.other_error_px / max(placement.error_px, 1e-6) for placement in placements])
    usual = np.median(normals, axis=0)
    usual /= np.linalg.norm(usual)
    spread = np.degrees(np.arccos(np.clip(normals @ usual, -1, 1)))
    if ratio < _MIN_AMBIGUITY_RATIO or np.sqrt((spread**2).mean()) > _MAX_NORMAL_SD_DEG:
        return None
    return float(usual[0]), float(usual[1]), float(usual[2])
