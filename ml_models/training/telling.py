"""What operator, phone and marker tell of a film, wrong as they are wrong: one draw of their errors a session.

From true cameras of rendered or simulated films to the lens and the scale that the pipeline would have worked with;
the cues are weighed by the pipeline's own `ml_models.scale_cues`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ml_models.features import TOES, plane_normal
from ml_models.scale_cues import (
    CAMERA_HEIGHT_SD_CM,
    CAMERA_TILT_SD_DEG,
    DISTANCE_RELATIVE_SD,
    MARKER_ELSEWHERE_CM,
    MARKER_ELSEWHERE_SD_CM,
    MARKER_ELSEWHERE_SHARE,
    MARKER_IN_PLACE_CM,
    MARKER_IN_PLACE_SD_CM,
    MARKER_PNP_RELATIVE_SD,
    ScaleCues,
    floor_distance,
    fuse_cues,
)
from ml_models.synthetic.film_table import FilmTable
from ml_models.synthetic.films import HEIGHT_PX
from ml_models.types import ScaleCue, ScanType

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: SD of a phone's own focal length as it is, as the pipeline takes it, and of one from a table of phones.
FOCAL_ERROR, FOCAL_TOLD_SD, FOCAL_TABLE_SD = 0.01, 0.015, 0.06
#: SD of the normal of a marker's sheet, degrees; share of lying marker films whose sheet gives a believable one.
SHEET_ERROR_DEG, SHEET_NORMAL_SHARE = 1.5, 0.5
#: The smallest relative SD that a scale is told with, where it is told exactly.
EXACT_RELATIVE_SD = 0.003


@dataclass(frozen=True)
class Habits:
    """How often what is told: shares of sessions with a phone from the table, with a tape beside the marker, with
    camera height and tilt; `resize_sd`: whole children are made larger or smaller by this relative SD."""

    table_phone: float
    tape_beside_marker: float
    height_and_tilt: float
    resize_sd: float


#: Widely varied, to train with; everything told and nobody resized, to report on.
TRAINING_HABITS = Habits(table_phone=0.2, tape_beside_marker=0.7, height_and_tilt=0.85, resize_sd=0.04)
PROTOCOL_HABITS = Habits(table_phone=0.0, tape_beside_marker=1.0, height_and_tilt=1.0, resize_sd=0.0)


@dataclass(frozen=True)
class ToldErrors:
    """One draw per session, each (n,): relative errors of focal length, tape and PnP; cm and degrees of height, tilt
    and sheet; `marker_behind_cm` the body plane; what was told at all; `size` of the child against the filmed one."""

    focal: FloatArray
    focal_sd: FloatArray
    tape: FloatArray
    has_tape: BoolArray
    height_cm: FloatArray
    tilt_deg: FloatArray
    has_height_and_tilt: BoolArray
    pnp: FloatArray
    marker_behind_cm: FloatArray
    has_sheet_normal: BoolArray
    sheet_deg: FloatArray
    size: FloatArray

    def take(self, rows: NDArray[np.intp]) -> ToldErrors:
        """The chosen sessions."""
        return ToldErrors(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class ToldLens:
    """What the pipeline works with, one row a film: `focal_px`, `depth_cm` along the optical axis, `normal` (n, 3) of
    the body plane, `relative_sd` of the scale; `height_cm` of the camera, NaN where untold; `size` of the child against
    the filmed one; `log_scale_error`: log of told over true centimetres per pixel."""

    focal_px: FloatArray
    depth_cm: FloatArray
    normal: FloatArray
    relative_sd: FloatArray
    height_cm: FloatArray
    size: FloatArray
    log_scale_error: FloatArray


def draw_errors(count: int, cue: ScaleCue, habits: Habits, rng: np.random.Generator) -> ToldErrors:
    """Draw what is told wrong in `count` sessions whose best cue is `cue`."""
    from_table = rng.random(count) < habits.table_phone
    elsewhere = rng.random(count) < MARKER_ELSEWHERE_SHARE
    behind = np.where(
        elsewhere,
        rng.normal(MARKER_ELSEWHERE_CM, MARKER_ELSEWHERE_SD_CM, count),
        rng.normal(MARKER_IN_PLACE_CM, MARKER_IN_PLACE_SD_CM, count),
    )
    marker = cue is ScaleCue.MARKER
    return ToldErrors(
        focal=rng.normal(size=count) * np.where(from_table, FOCAL_TABLE_SD, FOCAL_ERROR),
        focal_sd=np.where(from_table, FOCAL_TABLE_SD, FOCAL_TOLD_SD),
        tape=rng.normal(0, DISTANCE_RELATIVE_SD, count),
        has_tape=(rng.random(count) < habits.tape_beside_marker) | (not marker),
        height_cm=rng.normal(0, CAMERA_HEIGHT_SD_CM, count),
        tilt_deg=rng.normal(0, CAMERA_TILT_SD_DEG, count),
        has_height_and_tilt=rng.random(count) < habits.height_and_tilt,
        pnp=rng.normal(0, MARKER_PNP_RELATIVE_SD, count),
        marker_behind_cm=behind if marker else np.full(count, np.nan),
        has_sheet_normal=(rng.random(count) < SHEET_NORMAL_SHARE) & marker,
        sheet_deg=rng.normal(0, SHEET_ERROR_DEG, (count, 2)),
        size=np.exp(rng.normal(0, habits.resize_sd, count)),
    )


def told_lens(films: FilmTable, scan_type: ScanType, errors: ToldErrors) -> ToldLens:
    """Tell `films`, all of `scan_type`, one session's `errors` each."""
    focal = films.focal_px * (1 + errors.focal)
    distance, depth, height = (errors.size * column for column in (films.distance_cm, films.depth_cm, films.height_cm))
    tilt = np.where(errors.has_height_and_tilt, films.tilt_deg + errors.tilt_deg, 90.0 if scan_type.is_lying else 0.0)
    normal = plane_normal(scan_type, tilt)
    if scan_type.is_lying:
        normal = np.where(errors.has_sheet_normal[:, None], _sheet_normal(films, errors), normal)
    height = np.where(errors.has_height_and_tilt, height + errors.height_cm, np.nan)
    floor_cm, floor_sd = floor_distance(
        scan_type,
        films.found_px[:, TOES].mean(axis=1),
        height,
        tilt,
        focal,
        np.full(len(focal), HEIGHT_PX / 2 - 0.5),
    )
    # Without a tilt the plane is taken to face the camera: what the marker says then is its depth.
    faced = np.where(errors.has_height_and_tilt | errors.has_sheet_normal, distance, depth)
    fused = fuse_cues(
        ScaleCues(
            tape_cm=np.where(errors.has_tape, distance * (1 + errors.tape), np.nan),
            floor_cm=floor_cm,
            floor_relative_sd=floor_sd,
            marker_cm=(faced + errors.marker_behind_cm) * (1 + errors.pnp) * (1 + errors.focal),
            focal_relative_sd=errors.focal_sd,
        )
    )
    return ToldLens(
        focal_px=focal,
        depth_cm=fused.distance_cm / normal[:, 2],
        normal=normal,
        relative_sd=fused.relative_sd,
        height_cm=height,
        size=errors.size,
        log_scale_error=np.log(fused.distance_cm / (faced * (1 + errors.focal))),
    )


def exact_lens(films: FilmTable, scan_type: ScanType) -> ToldLens:
    """Tell `films` as they are: what is left is the error of pose and body."""
    count = len(films.focal_px)
    return ToldLens(
        focal_px=films.focal_px,
        depth_cm=films.depth_cm,
        normal=plane_normal(scan_type, films.tilt_deg),
        relative_sd=np.full(count, EXACT_RELATIVE_SD),
        height_cm=films.height_cm,
        size=np.ones(count),
        log_scale_error=np.zeros(count),
    )


def _sheet_normal(films: FilmTable, errors: ToldErrors) -> FloatArray:
    """The body plane's normal as the sheet of a lying film shows it, (n, 3)."""
    lean = np.radians(np.stack([np.zeros(len(films.focal_px)), films.tilt_deg - 90.0], axis=1) + errors.sheet_deg)
    seen = np.stack([lean[:, 0], -np.sin(lean[:, 1]), np.cos(lean[:, 1])], axis=1)
    return np.asarray(seen / np.linalg.norm(seen, axis=1, keepdims=True))
