"""What several unsure cues together say of the distance between camera and body plane.

Each cue is a likelihood over the distance: the tape, the floor seen from a known camera height, the printed marker.
Their product is summed up on a grid. A marker stands where it was asked to stand, or elsewhere: its likelihood has a
heavy tail, so a marker that the other cues contradict widens the answer instead of ruling it. Batches only; training
draws its told distances through the same functions. numpy only.

Distances are perpendicular to the body plane, in cm, as the told focal length makes them: what counts is centimetres
per pixel, and there an error of the focal length is an error of tape and floor, while with a marker it cancels.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

#: SD of a distance that an operator measured, as a fraction: rendered sessions with tape and step errors.
DISTANCE_RELATIVE_SD = 0.03
#: SD of the camera's height as the operator tells it in cm, of its tilt as the phone tells it in degrees.
CAMERA_HEIGHT_SD_CM, CAMERA_TILT_SD_DEG = 3.0, 1.0
#: The marker's own distance by PnP, as a fraction.
MARKER_PNP_RELATIVE_SD = 0.003
#: How far the marker is behind the body plane, cm. Where it was asked to stand: beside the child, between the middle of
#: the body and its back. Elsewhere: mostly behind a child that has stepped forward.
MARKER_IN_PLACE_CM, MARKER_IN_PLACE_SD_CM = 1.5, 1.5
MARKER_ELSEWHERE_CM, MARKER_ELSEWHERE_SD_CM = 3.0, 9.0
MARKER_ELSEWHERE_SHARE = 0.2
#: Mean toes of a standing child are this far before its body plane, cm, from the front and from the side, and the SD of
#: the floor's distance that pose and foot leave, as a fraction (rendered films).
TOES_BEFORE_PLANE_CM = {ScanType.STANDING_FRONT: 4.8, ScanType.STANDING_SIDE: -2.7}
TOES_RELATIVE_SD = 0.024
#: The plane of a lying body above the ground, cm, and its SD over bodies and mats (rendered films).
LYING_PLANE_CM, LYING_PLANE_SD_CM = 9.2, 2.6
#: Seen flatter than this, the floor's distance is all error.
_MIN_SIGHT_DEG = 5.0

_GRID_REACH, _GRID_POINTS = 0.36, 481  # in log distance either way of the first cue at hand
_BATCH = 4096


@dataclass(frozen=True)
class ScaleCues:
    """Cues of a batch of films, each field of shape (n,), NaN where a film lacks it.

    `tape_cm`: measured distance. `floor_cm`, `floor_relative_sd`: distance by the floor, from `floor_distance`.
    `marker_cm`: distance of the marker. `focal_relative_sd`: SD of the told focal length.
    """

    tape_cm: FloatArray
    floor_cm: FloatArray
    floor_relative_sd: FloatArray
    marker_cm: FloatArray
    focal_relative_sd: FloatArray

    def take(self, rows: slice) -> ScaleCues:
        """The chosen rows."""
        return ScaleCues(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class FusedScale:
    """Distance in cm and its relative SD, each (n,), NaN without tape and marker; `marker_elsewhere`: probability that
    the marker does not stand where it was asked to, NaN without one."""

    distance_cm: FloatArray
    relative_sd: FloatArray
    marker_elsewhere: FloatArray


def floor_distance(
    scan_type: ScanType,
    toes_px: FloatArray,
    camera_height_cm: FloatArray,
    camera_tilt_deg: FloatArray,
    focal_px: FloatArray,
    centre_y_px: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the distance that the ground under the child says, in cm, and its relative SD, each (n,); NaN where it
    says nothing.

    `toes_px`: the middle of the toes, (n, 2); of a lying child the camera's height alone counts.
    `camera_tilt_deg`: below horizontal.
    """
    if scan_type.is_lying:
        distance = camera_height_cm - LYING_PLANE_CM
        spread = np.hypot(CAMERA_HEIGHT_SD_CM, LYING_PLANE_SD_CM) / distance
        usable = distance > 2 * LYING_PLANE_CM
        return np.where(usable, distance, np.nan), np.where(usable, spread, np.nan)
    sight = np.radians(camera_tilt_deg) + np.arctan((toes_px[:, 1] - centre_y_px) / focal_px)  # below horizontal
    usable = (sight > np.radians(_MIN_SIGHT_DEG)) & (sight < np.pi / 2) & (camera_height_cm > 0)
    sight = np.where(usable, sight, np.nan)
    height = np.where(usable, camera_height_cm, np.nan)
    distance = height / np.tan(sight) + TOES_BEFORE_PLANE_CM[scan_type]
    spread = np.sqrt(
        (CAMERA_HEIGHT_SD_CM / height) ** 2
        + (2 * np.radians(CAMERA_TILT_SD_DEG) / np.sin(2 * sight)) ** 2
        + TOES_RELATIVE_SD**2
    )
    return distance, spread


def fuse_cues(cues: ScaleCues) -> FusedScale:
    """Return what all cues of each film say together. The floor alone is no scale: it only backs tape or marker."""
    count = len(cues.tape_cm)
    parts = [_fuse(cues.take(slice(start, start + _BATCH))) for start in range(0, count, _BATCH)]
    return FusedScale(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(FusedScale)))


def _fuse(cues: ScaleCues) -> FusedScale:
    centre = np.where(np.isnan(cues.marker_cm), cues.tape_cm, cues.marker_cm)
    grid = np.log(centre)[:, None] + np.linspace(-_GRID_REACH, _GRID_REACH, _GRID_POINTS)  # (n, points)
    log_posterior = np.zeros_like(grid)
    tape_sd = np.hypot(DISTANCE_RELATIVE_SD, cues.focal_relative_sd)
    log_posterior += _log_normal(grid, np.log(cues.tape_cm), tape_sd)
    log_posterior += _log_normal(grid, np.log(cues.floor_cm), np.hypot(cues.floor_relative_sd, cues.focal_relative_sd))
    distance = np.exp(grid)
    pnp_sd_cm = MARKER_PNP_RELATIVE_SD * cues.marker_cm
    in_place, elsewhere = (
        np.log(share) + _log_density(distance, cues.marker_cm - behind_cm, np.hypot(sd_cm, pnp_sd_cm))
        for share, behind_cm, sd_cm in (
            (1 - MARKER_ELSEWHERE_SHARE, MARKER_IN_PLACE_CM, MARKER_IN_PLACE_SD_CM),
            (MARKER_ELSEWHERE_SHARE, MARKER_ELSEWHERE_CM, MARKER_ELSEWHERE_SD_CM),
        )
    )
    with np.errstate(invalid="ignore"):  # NaN without a marker
        marker = np.logaddexp(in_place, elsewhere)
    log_posterior += np.where(np.isnan(marker), 0.0, marker)
    weight = np.exp(log_posterior - log_posterior.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = (weight * grid).sum(axis=1)
    spread = np.sqrt((weight * (grid - mean[:, None]) ** 2).sum(axis=1))
    misplaced = (weight * np.exp(elsewhere - marker)).sum(axis=1)
    return FusedScale(np.exp(mean), spread, misplaced)


def _log_normal(at: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Log-likelihood of a cue over the grid (n, points); 0 where the film lacks the cue."""
    return np.asarray(np.nan_to_num(-0.5 * ((at - mean[:, None]) / sd[:, None]) ** 2, nan=0.0))


def _log_density(at: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * ((at - mean[:, None]) / sd[:, None]) ** 2 - np.log(sd[:, None]))
