"""Where the printed marker or marker sheet stands: distance and orientation by PnP in each frame, median over frames.

Markers are squares of ArUco's dictionary DICT_4X4_50 with a white margin: one of any size, or the project's sheets of
several (`ml_models.marker_sheet`). Decides whether the claimed marker was seen; what its place says about the child is
decided in `ml_models.scale`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.marker_corners import dictionary, refine_corners
from ml_models.marker_sheet import LAYOUTS, SheetLayout
from ml_models.types import CameraIntrinsics, CaptureFacts, SampledFrames

FloatArray = NDArray[np.float64]

# Frames in which the marker is looked for: the median of six has a third of the single frame's SD.
MARKER_FRAMES = 6
# Seen in fewer frames, a marker may be a chance pattern or half covered.
_MIN_FRAMES = 2
# Corners of a flat, whole marker reproject within 0.3 px of a 1080p film or less; a bent sheet or a covered corner
# does not.
_MAX_REPROJECTION_PX = 2.0
# How a found square is read: in so many px a cell, without this share at each side of it. OpenCV's 4 px and 0.13 lose
# half of the markers whose cells are 5 px wide and blurred by 1.2 px.
_PX_READ_PER_CELL, _UNREAD_MARGIN = 8, 0.25
# A plane seen nearly from the front has two mirror-image orientations. The better one is believed when the other
# fits this many times worse, and when the frames agree within this many degrees.
_MIN_AMBIGUITY_RATIO = 3.0
_MAX_NORMAL_SD_DEG = 2.0


@dataclass(frozen=True)
class MarkerSighting:
    """The marker or sheet of one film in camera coordinates (x right, y down, z forward), medians over `frames_seen`.

    `centre_cm`: its middle. `normal`: unit normal away from the camera, None where the view leaves it open.
    `side_px`: a marker's side in px of the film. `reprojection_px`: RMS of the corners in px of the film.
    `depth_relative_sd`: SD of the single frames' depth as a fraction. `corner_count`: how many corners placed it, four
    a marker.
    """

    centre_cm: tuple[float, float, float]
    normal: tuple[float, float, float] | None
    side_px: float
    reprojection_px: float
    depth_relative_sd: float
    frames_looked_at: int
    frames_seen: int
    corner_count: int


@dataclass(frozen=True)
class _Placement:
    """The marker in one frame: centre in cm, normal, side, error and the mirror-image orientation's error in px."""

    centre: FloatArray
    normal: FloatArray
    side_px: float
    error_px: float
    other_error_px: float
    corner_count: int


def is_marker_claimed(facts: CaptureFacts) -> bool:
    """Return True where the operator says that a marker or a sheet is in view and how large it is."""
    return facts.marker_sheet is not None or (facts.marker_size_mm is not None and facts.marker_size_mm > 0)


def find_claimed_marker(
    frames: SampledFrames,
    *,
    facts: CaptureFacts,
    intrinsics: CameraIntrinsics,
    usable: NDArray[np.bool_] | None = None,
) -> MarkerSighting | None:
    """Return where the sheet or the single marker of `facts` stands, None if none is claimed or seen.

    With a sheet, `facts.marker_size_mm` is the measured side of its black squares where the printer's scale is not 1.
    `usable`: bool, shape (frames,), the frames to look at (those that show the child); all by default.
    """
    if facts.marker_sheet is not None:
        return find_sheet(
            frames,
            layout=LAYOUTS[facts.marker_sheet],
            marker_size_mm=facts.marker_size_mm,
            intrinsics=intrinsics,
            usable=usable,
        )
    if not is_marker_claimed(facts) or facts.marker_size_mm is None:
        return None
    return find_marker(
        frames,
        marker_id=facts.marker_id,
        marker_size_mm=facts.marker_size_mm,
        intrinsics=intrinsics,
        usable=usable,
    )


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
    `usable` as in `find_claimed_marker`. Raises ValueError for a size that is not positive.
    """
    if not marker_size_mm > 0:
        raise ValueError(f"marker_size_mm must be > 0, got {marker_size_mm}")
    chosen = _chosen_frames(frames, usable)
    seen = [detect_markers(frames.images[index]) for index in chosen]
    if marker_id is None:
        marker_id = _most_seen(seen)
    half = marker_size_mm / 20
    square = np.array([[-half, half], [half, half], [half, -half], [-half, -half]])
    return _summarise({} if marker_id is None else {marker_id: square}, seen, frames, intrinsics)


def find_sheet(
    frames: SampledFrames,
    *,
    layout: SheetLayout,
    intrinsics: CameraIntrinsics,
    marker_size_mm: float | None = None,
    usable: NDArray[np.bool_] | None = None,
) -> MarkerSighting | None:
    """Return where the middle of the page stands, by all corners of all its markers in view; None if none is seen.

    `marker_size_mm`: measured side of a black square of this print, the layout's by default. `usable` as in
    `find_claimed_marker`. Raises ValueError for a size that is not positive.
    """
    print_scale = 1.0 if marker_size_mm is None else marker_size_mm / layout.marker_mm
    if not print_scale > 0:
        raise ValueError(f"marker_size_mm must be > 0, got {marker_size_mm}")
    chosen = _chosen_frames(frames, usable)
    seen = [detect_markers(frames.images[index]) for index in chosen]
    on_page = {number: sheet_corners_cm(layout, number) * print_scale for number in layout.marker_ids}
    return _summarise(on_page, seen, frames, intrinsics)


def sheet_corners_cm(layout: SheetLayout, marker_id: int) -> FloatArray:
    """Return a marker's corners in cm from the middle of the page, x right, y up: shape (4, 2), clockwise."""
    corners = np.array(layout.corners_mm(marker_id)) - np.array(layout.page_mm) / 2
    return np.asarray(corners * [0.1, -0.1])


def detect_markers(image: NDArray[np.uint8]) -> dict[int, FloatArray]:
    """Return the corners of each marker by its number: px, shape (4, 2), clockwise from its own top left.

    A number that is seen twice in one picture is left out: nobody knows which one is meant. So is a marker whose
    pattern is partly covered.
    """
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    corners, ids, _ = _detector().detectMarkers(grey)
    numbers = [] if ids is None else [int(number) for number in ids.ravel()]
    found = {}
    for number, quad in zip(numbers, corners, strict=True):
        if numbers.count(number) == 1:
            refined = refine_corners(grey, np.asarray(quad, dtype=np.float64).reshape(4, 2), number)
            if refined is not None:
                found[number] = refined
    return found


@cache
def _detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.perspectiveRemovePixelPerCell = _PX_READ_PER_CELL
    parameters.perspectiveRemoveIgnoredMarginPerCell = _UNREAD_MARGIN
    return cv2.aruco.ArucoDetector(dictionary(), parameters)


def _chosen_frames(frames: SampledFrames, usable: NDArray[np.bool_] | None) -> NDArray[np.intp]:
    """Return the indices of at most MARKER_FRAMES frames, evenly spread over the usable ones."""
    candidates = np.arange(len(frames.images)) if usable is None else np.flatnonzero(usable)
    if not len(candidates):
        return candidates
    return np.asarray(candidates[np.unique(np.linspace(0, len(candidates) - 1, MARKER_FRAMES).round().astype(int))])


def _most_seen(seen: list[dict[int, FloatArray]]) -> int | None:
    """Return the number that most pictures show, None if there is none."""
    counted = Counter(number for markers in seen for number in markers)
    return counted.most_common(1)[0][0] if counted else None


def _place(
    on_page: Mapping[int, FloatArray], seen: Mapping[int, FloatArray], intrinsics: CameraIntrinsics
) -> _Placement | None:
    """Return where the page is from its markers' corners, on the page (cm) and in px of the film, each (4, 2).

    None if none of them is seen or there is no solution.
    """
    numbers = sorted(on_page.keys() & seen.keys())
    if not numbers:
        return None
    flat = np.concatenate([on_page[number] for number in numbers])  # (corners, 2)
    plane = np.column_stack([flat, np.zeros(len(flat))])
    corners = np.concatenate([seen[number] for number in numbers])
    camera = camera_matrix(intrinsics)
    count, rotations, translations, errors = cv2.solvePnPGeneric(plane, corners, camera, None, flags=cv2.SOLVEPNP_IPPE)
    if not count or not np.isfinite(translations[0]).all() or translations[0][2] <= 0:
        return None
    turn, centre = cv2.solvePnPRefineLM(plane, corners, camera, None, rotations[0].copy(), translations[0].copy())
    normal = cv2.Rodrigues(turn)[0][:, 2]
    error = np.asarray(errors).ravel()
    sides = [np.linalg.norm(seen[n] - np.roll(seen[n], 1, axis=0), axis=1).mean() for n in numbers]
    return _Placement(
        centre=np.asarray(centre, dtype=np.float64).ravel(),
        normal=np.asarray(normal * np.sign(normal[2]), dtype=np.float64),
        side_px=float(np.mean(sides)),
        error_px=float(error[0]),
        other_error_px=float(error[1]) if len(error) > 1 else float("inf"),
        corner_count=len(flat),
    )


def camera_matrix(intrinsics: CameraIntrinsics) -> FloatArray:
    """Return the camera as OpenCV wants it, shape (3, 3), px."""
    return np.array([[intrinsics.fx, 0, intrinsics.cx], [0, intrinsics.fy, intrinsics.cy], [0, 0, 1.0]])


def _summarise(
    on_page: Mapping[int, FloatArray],
    seen: list[dict[int, FloatArray]],
    frames: SampledFrames,
    intrinsics: CameraIntrinsics,
) -> MarkerSighting | None:
    """Return the median over the frames. `on_page`: where each marker is printed, cm; `seen`: in each picture, px."""
    placements = []
    for markers in seen:
        in_film = {number: (corners + 0.5) / frames.scale - 0.5 for number, corners in markers.items()}
        placement = _place(on_page, in_film, intrinsics)
        if placement is not None and placement.error_px <= _MAX_REPROJECTION_PX:
            placements.append(placement)
    if not placements or len(placements) < min(_MIN_FRAMES, len(seen)):
        return None
    centres = np.array([placement.centre for placement in placements])  # (frames, 3)
    depth = centres[:, 2]
    x, y, z = np.median(centres, axis=0)
    return MarkerSighting(
        centre_cm=(float(x), float(y), float(z)),
        normal=_believable_normal(placements),
        side_px=float(np.median([placement.side_px for placement in placements])),
        reprojection_px=float(np.median([placement.error_px for placement in placements])),
        depth_relative_sd=float(depth.std() / depth.mean()),
        frames_looked_at=len(seen),
        frames_seen=len(placements),
        corner_count=int(np.median([placement.corner_count for placement in placements])),
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
