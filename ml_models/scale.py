"""How far the child was, from everything that tells something of it: marker, measured distance, floor.

A film by itself has no scale. Gathers the cues of one film for `ml_models.scale_cues`, which weighs them; never guesses
a scale from age.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from ml_models.marker import MarkerSighting, find_claimed_marker, is_marker_claimed
from ml_models.pose.landmarks import Landmark, middle
from ml_models.scale_cues import FusedScale, ScaleCues, floor_distance, fuse_cues
from ml_models.types import (
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    SampledFrames,
    ScaleCue,
    ScaleEstimate,
)

# Bounds of a measured distance that can be meant, in cm: nearer the child does not fit in, farther it is too small.
_DISTANCE_RANGE_CM = (30.0, 1000.0)
_TOES = (Landmark.LEFT_FOOT_INDEX, Landmark.RIGHT_FOOT_INDEX)
# The body plane is never seen more from the side than this (cosine of 75 degrees): flatter, its distance is not
# defined.
_MIN_FACING = 0.26

Vector = tuple[float, float, float]


def estimate_scale(
    frames: SampledFrames, pose: PoseSequence, facts: CaptureFacts, intrinsics: CameraIntrinsics
) -> ScaleEstimate:
    """Return the depth of the child's plane along the optical axis, from all cues of one film.

    `relative_sd` is the SD of centimetres per pixel in that plane, as a fraction. The estimate is filed under its best
    cue: marker, then measured distance; the floor alone is none. `notes` (in cm, px, fractions, counts): what each cue
    says, the marker's sighting, what was missing.
    """
    notes: dict[str, float] = {}
    sighting = _claimed_marker(frames, pose, facts, intrinsics, notes)
    tape_cm = _usable_distance(facts, notes)
    if sighting is None and tape_cm is None:
        return ScaleEstimate(cue=ScaleCue.NONE, depth_cm=None, relative_sd=None, notes=notes)
    # Standing, gravity knows the body plane better than a sheet that may lean. Lying, the tilt has no direction, the
    # sheet has.
    from_sheet = facts.scan_type.is_lying or facts.camera_tilt_deg is None
    measured_normal = sighting.normal if sighting is not None and from_sheet else None
    normal = measured_normal or expected_normal(facts)
    marker_cm = None if sighting is None else float(np.dot(normal, sighting.centre_cm))
    fused = _fuse(frames, pose, facts, intrinsics, tape_cm=tape_cm, marker_cm=marker_cm, notes=notes)
    return ScaleEstimate(
        cue=ScaleCue.DISTANCE if sighting is None else ScaleCue.MARKER,
        depth_cm=float(fused.distance_cm[0]) / _facing(normal),
        relative_sd=float(fused.relative_sd[0]),
        plane_normal=measured_normal,
        notes=notes,
    )


def expected_normal(facts: CaptureFacts) -> Vector:
    """Return the unit normal of the body plane, away from the camera, as the phone's tilt tells it.

    A standing body is vertical, a lying one horizontal. Without a tilt the plane faces the camera.
    """
    if facts.camera_tilt_deg is None:
        return 0.0, 0.0, 1.0
    tilt = math.radians(facts.camera_tilt_deg)
    if facts.scan_type.is_lying:
        return 0.0, math.cos(tilt), math.sin(tilt)
    return 0.0, -math.sin(tilt), math.cos(tilt)


def _claimed_marker(
    frames: SampledFrames,
    pose: PoseSequence,
    facts: CaptureFacts,
    intrinsics: CameraIntrinsics,
    notes: dict[str, float],
) -> MarkerSighting | None:
    """Return the claimed marker or sheet as seen in the frames that show the child; None if none is claimed or seen."""
    if not is_marker_claimed(facts):
        return None
    usable = pose.detected if pose.detected.any() else None
    sighting = find_claimed_marker(frames, facts=facts, intrinsics=intrinsics, usable=usable)
    if sighting is None:
        notes["marker_missing"] = 1.0
        return None
    notes.update(
        marker_side_px=sighting.side_px,
        marker_reprojection_px=sighting.reprojection_px,
        marker_frames_seen=float(sighting.frames_seen),
        marker_frames_looked_at=float(sighting.frames_looked_at),
    )
    return sighting


def _usable_distance(facts: CaptureFacts, notes: dict[str, float]) -> float | None:
    """Return the measured distance in cm, None if there is none or it cannot be meant."""
    if facts.distance_cm is None:
        return None
    low, high = _DISTANCE_RANGE_CM
    if not low <= facts.distance_cm <= high:
        notes["distance_out_of_range_cm"] = facts.distance_cm
        return None
    return facts.distance_cm


def _fuse(
    frames: SampledFrames,
    pose: PoseSequence,
    facts: CaptureFacts,
    intrinsics: CameraIntrinsics,
    *,
    tape_cm: float | None,
    marker_cm: float | None,
    notes: dict[str, float],
) -> FusedScale:
    """Return what the cues of one film say together; notes what each says."""
    floor_cm, floor_sd = _floor(frames, pose, facts, intrinsics)
    cues = ScaleCues(
        tape_cm=_row(tape_cm),
        floor_cm=floor_cm,
        floor_relative_sd=floor_sd,
        marker_cm=_row(marker_cm),
        focal_relative_sd=_row(intrinsics.focal_relative_sd),
    )
    fused = fuse_cues(cues)
    told = {"distance_cm": cues.tape_cm, "floor_distance_cm": floor_cm, "marker_distance_cm": cues.marker_cm}
    told |= {"fused_distance_cm": fused.distance_cm, "marker_elsewhere": fused.marker_elsewhere}
    notes.update({name: float(value[0]) for name, value in told.items() if not np.isnan(value[0])})
    return fused


def _floor(
    frames: SampledFrames, pose: PoseSequence, facts: CaptureFacts, intrinsics: CameraIntrinsics
) -> tuple[np.ndarray, np.ndarray]:
    """Return the floor's distance in cm and its relative SD, each (1,), NaN where height or tilt were not told."""
    lying = facts.scan_type.is_lying
    if facts.camera_height_cm is None or (facts.camera_tilt_deg is None and not lying) or not pose.detected.any():
        return _row(None), _row(None)
    toes = middle(pose.landmarks[..., :2], _TOES) * np.array([frames.width, frames.height])  # (frames, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # of a model without toes nothing is known
        toes_px = np.nanmedian(toes, axis=0)
    return floor_distance(
        facts.scan_type,
        toes_px[None].astype(np.float64),
        _row(facts.camera_height_cm),
        _row(facts.camera_tilt_deg),
        _row(intrinsics.fy),
        _row(intrinsics.cy),
    )


def _row(value: float | None) -> np.ndarray:
    return np.array([np.nan if value is None else value], dtype=np.float64)


def _facing(normal: Vector) -> float:
    """Return the cosine between the optical axis and the plane's normal, bounded away from 0."""
    return max(normal[2], _MIN_FACING)
