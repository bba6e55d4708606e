"""How far the child was: the printed marker first, the measured distance second, else no scale at all.

A film by itself has no scale. Decides which cue counts and how far it can be trusted; never guesses one from age.
"""

from __future__ import annotations

import math

import numpy as np

from ml_models.marker import MarkerSighting, find_marker
from ml_models.types import (
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    SampledFrames,
    ScaleCue,
    ScaleEstimate,
)

# SD of a distance that an operator measured, as a fraction: measured on rendered sessions with tape and step errors.
DISTANCE_RELATIVE_SD = 0.03
# The marker's own distance by PnP (bias 0.35 %, SD 0.22 %), as a fraction.
MARKER_PNP_RELATIVE_SD = 0.004
# How far the marker stands before or behind the child's plane, SD in cm: 3 cm where the sheet lies as asked, and one
# sheet in ten 10 cm off.
MARKER_PLANE_SD_CM = 4.0
# Two cues that differ by more than this many SDs of their difference contradict each other.
_MAX_CUE_DIFFERENCE_SD = 2.0
# Bounds of a measured distance that can be meant, in cm: nearer the child does not fit in, farther it is too small.
_DISTANCE_RANGE_CM = (30.0, 1000.0)
# The body plane is never seen more from the side than this (cosine of 75 degrees): flatter, its distance is not
# defined.
_MIN_FACING = 0.26

Vector = tuple[float, float, float]


def estimate_scale(
    frames: SampledFrames, pose: PoseSequence, facts: CaptureFacts, intrinsics: CameraIntrinsics
) -> ScaleEstimate:
    """Return the depth of the child's plane along the optical axis, from the best cue of one film.

    `relative_sd` is the SD of centimetres per pixel in that plane, as a fraction. An error of the focal length is
    part of it with a measured distance; with a marker it cancels, because marker and child are seen through the same
    lens. `notes` (all in cm, px, fractions or counts): perpendicular distances, the marker's sighting, what was
    missing.
    """
    notes: dict[str, float] = {}
    sighting = _claimed_marker(frames, pose, facts, intrinsics, notes)
    distance_cm = _usable_distance(facts, notes)
    if sighting is not None:
        return _from_marker(sighting, distance_cm, facts, intrinsics, notes)
    if distance_cm is not None:
        notes["distance_cm"] = distance_cm
        return ScaleEstimate(
            cue=ScaleCue.DISTANCE,
            depth_cm=distance_cm / _facing(expected_normal(facts)),
            relative_sd=math.hypot(DISTANCE_RELATIVE_SD, intrinsics.focal_relative_sd),
            notes=notes,
        )
    return ScaleEstimate(cue=ScaleCue.NONE, depth_cm=None, relative_sd=None, notes=notes)


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
    """Return the claimed marker as seen in the frames that show the child; None if none is claimed or seen."""
    if facts.marker_size_mm is None or facts.marker_size_mm <= 0:
        return None
    sighting = find_marker(
        frames,
        marker_id=facts.marker_id,
        marker_size_mm=facts.marker_size_mm,
        intrinsics=intrinsics,
        usable=pose.detected if pose.detected.any() else None,
    )
    if sighting is None:
        notes["marker_missing"] = 1.0
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


def _from_marker(
    sighting: MarkerSighting,
    distance_cm: float | None,
    facts: CaptureFacts,
    intrinsics: CameraIntrinsics,
    notes: dict[str, float],
) -> ScaleEstimate:
    """Return the scale by the marker; a measured distance that contradicts it widens the SD."""
    # Standing, gravity knows the body plane better than a sheet that may lean. Lying, the tilt has no direction, the
    # sheet has.
    from_sheet = facts.scan_type.is_lying or facts.camera_tilt_deg is None
    measured_normal = sighting.normal if from_sheet else None
    normal = measured_normal or expected_normal(facts)
    perpendicular_cm = float(np.dot(normal, sighting.centre_cm))
    sd = math.hypot(MARKER_PNP_RELATIVE_SD, MARKER_PLANE_SD_CM / perpendicular_cm)
    notes.update(
        marker_distance_cm=perpendicular_cm,
        marker_side_px=sighting.side_px,
        marker_reprojection_px=sighting.reprojection_px,
        marker_frames_seen=float(sighting.frames_seen),
        marker_frames_looked_at=float(sighting.frames_looked_at),
    )
    if distance_cm is not None:
        difference = math.log(perpendicular_cm / distance_cm)
        expected = math.hypot(sd, DISTANCE_RELATIVE_SD, intrinsics.focal_relative_sd)
        notes.update(distance_cm=distance_cm, cue_difference=difference)
        if abs(difference) > _MAX_CUE_DIFFERENCE_SD * expected:
            # One of them is wrong and nobody knows which: the truth is somewhere between, the marker remains the mean.
            sd = math.hypot(sd, difference / 2)
            notes["cues_disagree"] = 1.0
    return ScaleEstimate(
        cue=ScaleCue.MARKER,
        depth_cm=perpendicular_cm / _facing(normal),
        relative_sd=sd,
        plane_normal=measured_normal,
        notes=notes,
    )


def _facing(normal: Vector) -> float:
    """Return the cosine between the optical axis and the plane's normal, bounded away from 0."""
    return max(normal[2], _MIN_FACING)
