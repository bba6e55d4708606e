"""From landmarks in pixels to one fused row of metric segments of the child.

Decides how image points become centimetres in the body plane, which segments are taken and how frames and films are
fused. It does not find landmarks, estimate the scale or know any growth standard. Training uses the same functions on
batches of simulated films, so that served and trained features cannot drift apart.

Geometry. The camera sits at the origin: x right, y down, z forward. The child is taken to lie in one plane through the
point at `depth_cm` on the optical axis. Each landmark's ray is cut with that plane, so distances between the cuts are
in centimetres whatever the tilt. Points before or behind the plane are displaced by parallax; how much is described
to the estimator by the `*_parallax` features.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.types import OUTLINE_LEVELS, ScaleCue, ScanType, SessionFeatures, Subject, ViewObservation

FloatArray = NDArray[np.float64]

#: Below this age in days recumbent length is the standard's measure (WHO 2006: 24 months = day 731).
LENGTH_BELOW_DAYS = 731
#: Landmarks that the pose model itself holds for unseen are left out.
MIN_VISIBILITY = 0.1

CROWN, SOLES = 33, 34
POINT_COUNT = 35
NOSE, EYES, EARS, MOUTH = 0, (2, 5), (7, 8), (9, 10)
SHOULDERS, ELBOWS, WRISTS = (11, 12), (13, 14), (15, 16)
HIPS, KNEES, ANKLES, HEELS, TOES = (23, 24), (25, 26), (27, 28), (29, 30), (31, 32)

#: One block of these per scan type, named `<scan type>.<segment>`; cm unless said otherwise. `*_above_soles` and
#: `crown_soles` run along the body's long axis (mid-ankles to mid-shoulders); pairs are left-right means.
SEGMENTS = (
    "crown_soles",
    "crown_ankle",
    "nose_ankle",
    "nose_heel",
    "eyes_above_soles",
    "shoulders_above_soles",
    "hips_above_soles",
    "knees_above_soles",
    "crown_nose",
    "crown_eyes",
    "crown_shoulders",
    "mouth_eyes",
    "ear_width",
    "eye_width",
    "shoulder_width",
    "hip_width",
    "trunk",
    "thigh",
    "shank",
    "ankle_heel",
    "foot",
    "upper_arm",
    "forearm",
    "chain",  # nose, mid-shoulders, hips, knees, ankles: longer than the extent where the child is bent
    "crown_parallax",  # crown seen from the perpendicular of the camera, along the axis, as a fraction of the distance
    "soles_parallax",
    "side_parallax",  # mid-hips likewise, across the axis
    "distance",  # camera to body plane
    # Of the body's outline, from the segmentation mask (`PoseSequence.outline`), where the pose model has one:
    "outline_area",  # square root of the body's area in the picture
    *(f"whole_width_{level}" for level in range(OUTLINE_LEVELS)),  # from crown to soles, arms and both legs counted
    *(f"part_width_{level}" for level in range(OUTLINE_LEVELS)),  # the longest unbroken part of each level
)


@dataclass(frozen=True)
class FilmGeometry:
    """What turns the pixels of one or many films into centimetres; every field broadcasts over the batch (...,).

    `fx`, `fy`, `cx`, `cy` in px; `depth_cm` along the optical axis; `normal`: shape (..., 3), unit normal of the body
    plane pointing away from the camera, in camera coordinates.
    """

    fx: FloatArray
    fy: FloatArray
    cx: FloatArray
    cy: FloatArray
    depth_cm: FloatArray
    normal: FloatArray


def plane_normal(scan_type: ScanType, tilt_deg: FloatArray) -> FloatArray:
    """Return the unit normal, shape (..., 3), of the body plane as the phone's tilt (degrees below horizontal) tells
    it.

    A standing body is upright. A lying one is taken to face the camera: a tilt of 86 degrees does not say whether the
    phone leans towards the head or the feet, and half a body leans as much one way as the other half the other way.
    """
    tilt = np.radians(tilt_deg)
    zero = np.zeros_like(tilt)
    if scan_type.is_lying:
        return np.stack([zero, zero, zero + 1.0], axis=-1)
    return np.stack([zero, -np.sin(tilt), np.cos(tilt)], axis=-1)


def plane_points(points_px: FloatArray, film: FilmGeometry) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut the rays of image points with the body plane.

    `points_px`: shape (..., points, 2). Returns the cuts, shape (..., points, 2), in cm in the plane; the foot of the
    camera's perpendicular, shape (..., 2), in the same plane; the perpendicular distance in cm, shape (...,).
    """
    x = (points_px[..., 0] - film.cx[..., None]) / film.fx[..., None]
    y = (points_px[..., 1] - film.cy[..., None]) / film.fy[..., None]
    rays = np.stack([x, y, np.ones_like(x)], axis=-1)  # (..., points, 3)
    distance = film.depth_cm * film.normal[..., 2]
    cuts = rays * (distance[..., None] / np.einsum("...pk,...k->...p", rays, film.normal))[..., None]
    across = np.stack([film.normal[..., 2], np.zeros_like(distance), -film.normal[..., 0]], axis=-1)
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    down = np.cross(film.normal, across)
    basis = np.stack([across, down], axis=-1)  # (..., 3, 2)
    foot = distance[..., None] * film.normal
    return cuts @ basis, np.einsum("...k,...kd->...d", foot, basis), distance


def segments(points_px: FloatArray, film: FilmGeometry, outline: FloatArray | None = None) -> FloatArray:
    """Return SEGMENTS, shape (..., len(SEGMENTS)), of image points, shape (..., 35, 2): 33 landmarks, crown, soles.

    `outline`: shape (..., OUTLINE_LEVELS, 2), as in `PoseSequence`, None where the pose model has none. What is missing
    is NaN and makes only the segments that need it NaN (of a pair, the other side serves).
    """
    points, foot, distance = plane_points(points_px, film)
    pair = {name: _pair_mean(points, indices) for name, indices in _PAIRS.items()}
    nose, crown, soles = points[..., NOSE, :], points[..., CROWN, :], points[..., SOLES, :]
    axis = pair["shoulders"] - pair["ankles"]
    axis = axis / np.linalg.norm(axis, axis=-1, keepdims=True)
    normal_axis = np.stack([-axis[..., 1], axis[..., 0]], axis=-1)

    def along(upper: FloatArray, lower: FloatArray) -> FloatArray:
        return np.asarray(np.sum((upper - lower) * axis, axis=-1))

    def parallax(point: FloatArray, direction: FloatArray) -> FloatArray:
        return np.asarray(np.sum((point - foot) * direction, axis=-1) / distance)

    trunk = _length(pair["shoulders"] - pair["hips"])
    thigh, shank = _limb(points, HIPS, KNEES), _limb(points, KNEES, ANKLES)
    values = {
        "crown_soles": along(crown, soles),
        "crown_ankle": along(crown, pair["ankles"]),
        "nose_ankle": along(nose, pair["ankles"]),
        "nose_heel": along(nose, pair["heels"]),
        "eyes_above_soles": along(pair["eyes"], soles),
        "shoulders_above_soles": along(pair["shoulders"], soles),
        "hips_above_soles": along(pair["hips"], soles),
        "knees_above_soles": along(pair["knees"], soles),
        "crown_nose": along(crown, nose),
        "crown_eyes": along(crown, pair["eyes"]),
        "crown_shoulders": along(crown, pair["shoulders"]),
        "mouth_eyes": _length(pair["eyes"] - pair["mouth"]),
        "ear_width": _width(points, EARS),
        "eye_width": _width(points, EYES),
        "shoulder_width": _width(points, SHOULDERS),
        "hip_width": _width(points, HIPS),
        "trunk": trunk,
        "thigh": thigh,
        "shank": shank,
        "ankle_heel": _limb(points, ANKLES, HEELS),
        "foot": _limb(points, HEELS, TOES),
        "upper_arm": _limb(points, SHOULDERS, ELBOWS),
        "forearm": _limb(points, ELBOWS, WRISTS),
        "chain": _length(nose - pair["shoulders"]) + trunk + thigh + shank,
        "crown_parallax": parallax(crown, axis),
        "soles_parallax": parallax(soles, axis),
        "side_parallax": parallax(pair["hips"], normal_axis),
        "distance": distance,
    }
    if outline is None:
        outline = np.full((*points_px.shape[:-2], OUTLINE_LEVELS, 2), np.nan)
    extent = _length(crown - soles)
    widths = outline * extent[..., None, None]  # cm
    area = extent * widths[..., 0].mean(axis=-1)
    point_values = np.stack([values[name] for name in SEGMENTS[: len(values)]], axis=-1)
    return np.concatenate([point_values, np.sqrt(area)[..., None], widths[..., 0], widths[..., 1]], axis=-1)


def feature_names() -> tuple[str, ...]:
    """Names of `SessionFeatures.values`: every segment of every scan type."""
    return tuple(f"{scan_type.value}.{name}" for scan_type in ScanType for name in SEGMENTS)


def session_features(views: Sequence[ViewObservation], subject: Subject) -> SessionFeatures:
    """Fuse the films of one session into one row.

    Frames are fused by the median. Of mixed postures those that the standard asks for at the child's age are used, and
    of mixed scale cues the best one (marker, then distance): a film with a worse scale would only blur the row. Raises
    ValueError without any film.
    """
    if not views:
        raise ValueError("a session needs at least one film")
    is_lying = _posture(views, subject)
    in_posture = [view for view in views if view.facts.scan_type.is_lying == is_lying]
    cue = next(cue for cue in ScaleCue if any(view.scale.cue is cue for view in in_posture))
    used = [view for view in in_posture if view.scale.cue is cue]
    blocks = dict.fromkeys(ScanType, np.full(len(SEGMENTS), np.nan))
    for scan_type in ScanType:
        rows = [_film_segments(view) for view in used if view.facts.scan_type is scan_type]
        if rows:
            blocks[scan_type] = _quiet(np.nanmean, np.stack(rows))
    relative_sds = [view.scale.relative_sd for view in used if view.scale.relative_sd is not None]
    return SessionFeatures(
        names=feature_names(),
        values=np.concatenate([blocks[scan_type] for scan_type in ScanType]).astype(np.float32),
        subject=subject,
        is_lying=is_lying,
        cue=cue,
        # The films of a session share their operator and phone: their scale errors are taken as one, not averaged away.
        scale_relative_sd=float(np.mean(relative_sds)) if relative_sds else None,
        pose_backend=used[0].pose.backend,
    )


_PAIRS = {
    "eyes": EYES,
    "ears": EARS,
    "mouth": MOUTH,
    "shoulders": SHOULDERS,
    "hips": HIPS,
    "knees": KNEES,
    "ankles": ANKLES,
    "heels": HEELS,
}


def _posture(views: Sequence[ViewObservation], subject: Subject) -> bool:
    postures = {view.facts.scan_type.is_lying for view in views}
    return postures.pop() if len(postures) == 1 else subject.age_days < LENGTH_BELOW_DAYS


def _film_segments(view: ViewObservation) -> FloatArray:
    """Median segments, shape (len(SEGMENTS),), of one film; all NaN without a scale or a detected frame."""
    pose, depth = view.pose, view.scale.depth_cm
    if depth is None or not pose.detected.any():
        return np.full(len(SEGMENTS), np.nan)
    width, height = view.frame_size
    landmarks = pose.landmarks[pose.detected].astype(np.float64)  # (frames, 33, 4)
    landmarks[landmarks[..., 3] < MIN_VISIBILITY, :2] = np.nan
    ends = np.stack([pose.crown[pose.detected], pose.soles[pose.detected]], axis=1).astype(np.float64)
    points_px = np.concatenate([landmarks[..., :2], ends], axis=1) * np.array([width, height])  # (frames, 35, 2)
    frames = len(points_px)
    normal = np.array(view.scale.plane_normal) if view.scale.plane_normal else _told_normal(view)
    normal = normal if normal[2] > 0 else -normal
    lens = view.intrinsics
    film = FilmGeometry(
        fx=np.full(frames, lens.fx),
        fy=np.full(frames, lens.fy),
        cx=np.full(frames, lens.cx),
        cy=np.full(frames, lens.cy),
        depth_cm=np.full(frames, depth),
        normal=np.broadcast_to(normal, (frames, 3)),
    )
    outline = None if pose.outline is None else pose.outline[pose.detected].astype(np.float64)
    return _quiet(np.nanmedian, segments(points_px, film, outline))


def _told_normal(view: ViewObservation) -> FloatArray:
    """The plane that the capture facts' tilt tells of; untold, the camera faces the plane."""
    tilt_deg = view.facts.camera_tilt_deg
    return plane_normal(view.facts.scan_type, np.array(0.0 if tilt_deg is None else tilt_deg))


def _quiet(reduce: object, rows: FloatArray) -> FloatArray:
    """Reduce over axis 0; a column of NaN stays NaN without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)
        return np.asarray(reduce(rows, axis=0))  # type: ignore[operator]


def _pair_mean(points: FloatArray, indices: tuple[int, int]) -> FloatArray:
    left, right = points[..., indices[0], :], points[..., indices[1], :]
    return _either_or_mean(left, right)


def _either_or_mean(left: FloatArray, right: FloatArray) -> FloatArray:
    left_filled, right_filled = np.where(np.isnan(left), right, left), np.where(np.isnan(right), left, right)
    return np.asarray((left_filled + right_filled) / 2)


def _limb(points: FloatArray, upper: tuple[int, int], lower: tuple[int, int]) -> FloatArray:
    left = _length(points[..., upper[0], :] - points[..., lower[0], :])
    right = _length(points[..., upper[1], :] - points[..., lower[1], :])
    return _either_or_mean(left, right)


def _width(points: FloatArray, indices: tuple[int, int]) -> FloatArray:
    return _length(points[..., indices[0], :] - points[..., indices[1], :])


def _length(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(vectors, axis=-1))
