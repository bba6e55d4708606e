"""Where the phone stands and what it sees: posed points of a child projected into a film.

All films of one kind are simulated in one batch. Body coordinates as in `posing`: the camera stands towards -y. A child
lying on the back under the camera is the same picture as one standing before it, so a lying film is a standing one
whose tilt is counted from straight down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml_models.features import ANKLES, CROWN, HIPS, KNEES, SHOULDERS, SOLES
from ml_models.synthetic.body_table import BodyTable
from ml_models.synthetic.posing import neutral_rotations, pose, random_rotations, rotation_matrices
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

#: Upright film of 9:16; only ratios to it matter.
WIDTH_PX, HEIGHT_PX = 720, 1280
#: Focal length over film height, from wide to normal phone lenses.
FOCAL_PER_HEIGHT = (0.8, 1.15)
#: Share of the film's height that the child fills.
FILL = (0.29, 0.78)
CAMERA_HEIGHT_CM = (35.0, 140.0)
IN_PLANE_SD_DEG, AIM_SD_DEG, PAN_SD_DEG, ROLL_SD_DEG, OFFSET_SD_CM = 8.0, 2.0, 1.5, 1.5, 7.0
#: Most children face the camera within YAW_SD_DEG, a share of TURNED_SHARE is turned by up to TURNED_DEG.
YAW_SD_DEG, TURNED_SHARE, TURNED_DEG = 7.0, 0.25, 32.0
#: SD of a hand-held phone's movement from frame to frame: place in cm, angles in degrees.
SHAKE_CM, SHAKE_DEG = 0.8, 0.5
#: Share of lying children filmed head down.
HEAD_DOWN_SHARE = 0.15


@dataclass(frozen=True)
class Cameras:
    """True cameras of a batch. `rotation`: (n, 3, 3), body to camera axes; `position`: (n, 3) in cm; `depth_cm` along
    the optical axis to the body plane; angles in degrees; `focal_px`: (n,); `height_cm`: camera above the soles of a
    standing child, above the ground under a lying one."""

    rotation: FloatArray
    position: FloatArray
    focal_px: FloatArray
    distance_cm: FloatArray
    depth_cm: FloatArray
    tilt_deg: FloatArray
    pan_deg: FloatArray
    roll_deg: FloatArray
    height_cm: FloatArray


def stand(points: FloatArray, landmarks: FloatArray, yaw_deg: FloatArray, in_plane_deg: FloatArray) -> FloatArray:
    """Turn posed children about the vertical and in the picture plane; the body plane comes to y = 0, the middle of the
    hips to x = z = 0. `landmarks`: (n, 33, 3) of the same pose."""
    centre = landmarks[:, HIPS].mean(axis=1, keepdims=True)
    turned = points - centre
    for axis, angle in ((2, yaw_deg), (1, in_plane_deg)):
        rotvec = np.zeros((len(points), 3))
        rotvec[:, axis] = np.radians(angle)
        turn = rotation_matrices(rotvec)
        turned = np.einsum("nij,npj->npi", turn, turned)
        landmarks = np.einsum("nij,npj->npi", turn, landmarks - centre)
        centre = np.zeros_like(centre)
    plane = landmarks[:, [*SHOULDERS, *HIPS, *KNEES, *ANKLES], 1].mean(axis=1)
    turned[..., 1] -= plane[:, None]
    return np.asarray(turned)


def draw_turns(scan_type: ScanType, count: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Yaw and in-plane angles in degrees, each shape (count,). Side views face either way."""
    turned = rng.random(count) < TURNED_SHARE
    yaw = np.where(turned, rng.uniform(-TURNED_DEG, TURNED_DEG, count), rng.normal(0, YAW_SD_DEG, count))
    in_plane = rng.normal(0, IN_PLANE_SD_DEG if scan_type.is_lying else 0.7, count)
    if scan_type is ScanType.STANDING_SIDE:
        yaw += np.where(rng.random(count) < 0.5, 90.0, -90.0)
    if scan_type.is_lying:
        in_plane += 180.0 * (rng.random(count) < HEAD_DOWN_SHARE)
    return yaw, in_plane


def draw_cameras(
    scan_type: ScanType,
    height_cm: FloatArray,
    hips_above_soles_cm: FloatArray,
    plane_above_ground_cm: FloatArray,
    rng: np.random.Generator,
) -> Cameras:
    """Place a phone before (or above) each child so that the whole child is in view.

    `plane_above_ground_cm`: of a lying body, from the ground under its back to its plane.
    """
    count = len(height_cm)
    focal = HEIGHT_PX * rng.uniform(*FOCAL_PER_HEIGHT, count)
    distance = focal * height_cm / (HEIGHT_PX * rng.uniform(*FILL, count))
    middle = height_cm / 2 - hips_above_soles_cm  # of the body above its hips
    if scan_type.is_lying:
        height = middle + rng.normal(0, OFFSET_SD_CM, count)
        above_ground = distance + plane_above_ground_cm
    else:
        above_ground = np.clip(rng.uniform(*CAMERA_HEIGHT_CM, count), 0.3 * height_cm, 1.35 * height_cm)
        height = above_ground - hips_above_soles_cm
    aside = rng.normal(0, OFFSET_SD_CM, count)
    tilt = np.degrees(np.arctan2(height - middle, distance)) + rng.normal(0, AIM_SD_DEG, count)
    pan, roll = rng.normal(0, PAN_SD_DEG, count), rng.normal(0, ROLL_SD_DEG, count)
    position = np.stack([aside, -distance, height], axis=1)
    return Cameras(
        rotation=camera_rotation(tilt, pan, roll),
        position=position,
        focal_px=focal,
        distance_cm=distance,
        depth_cm=distance / (np.cos(np.radians(tilt)) * np.cos(np.radians(pan))),
        tilt_deg=tilt + (90.0 if scan_type.is_lying else 0.0),
        pan_deg=pan,
        roll_deg=roll,
        height_cm=above_ground,
    )


def shaken(scan_type: ScanType, cameras: Cameras, rng: np.random.Generator) -> Cameras:
    """The same cameras a moment later in an unsteady hand."""
    count = len(cameras.focal_px)
    tilt, pan, roll = (
        angle + rng.normal(0, SHAKE_DEG, count) for angle in (cameras.tilt_deg, cameras.pan_deg, cameras.roll_deg)
    )
    upright = tilt - (90.0 if scan_type.is_lying else 0.0)
    return replace(
        cameras,
        rotation=camera_rotation(upright, pan, roll),
        position=cameras.position + rng.normal(0, SHAKE_CM, (count, 3)),
    )


def camera_rotation(tilt_deg: FloatArray, pan_deg: FloatArray, roll_deg: FloatArray) -> FloatArray:
    """Body-to-camera rotations, shape (n, 3, 3); rows are the camera's right, down and forward in body axes."""
    tilt, pan, roll = np.radians(tilt_deg), np.radians(pan_deg), np.radians(roll_deg)
    right = np.stack([np.cos(pan), np.sin(pan), np.zeros_like(pan)], axis=-1)
    ahead = np.stack([-np.sin(pan), np.cos(pan), np.zeros_like(pan)], axis=-1)
    up = np.array([0.0, 0.0, 1.0])
    forward = np.cos(tilt)[:, None] * ahead - np.sin(tilt)[:, None] * up
    down = -np.sin(tilt)[:, None] * ahead - np.cos(tilt)[:, None] * up
    rolled_right = np.cos(roll)[:, None] * right + np.sin(roll)[:, None] * down
    rolled_down = np.cos(roll)[:, None] * down - np.sin(roll)[:, None] * right
    return np.stack([rolled_right, rolled_down, forward], axis=1)


def project(points: FloatArray, cameras: Cameras) -> FloatArray:
    """Pixels, shape (n, p, 2), of body points (n, p, 3)."""
    seen = np.einsum("nij,npj->npi", cameras.rotation, points - cameras.position[:, None])
    flat = seen[..., :2] / seen[..., 2:] * cameras.focal_px[:, None, None]
    return np.asarray(flat + np.array([WIDTH_PX / 2, HEIGHT_PX / 2]))


def image_axes(landmarks_px: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit long axis (mid-ankles to mid-shoulders) and its right-hand normal in the image, each (n, 2)."""
    along = landmarks_px[:, SHOULDERS].mean(axis=1) - landmarks_px[:, ANKLES].mean(axis=1)
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    return along, np.stack([-along[:, 1], along[:, 0]], axis=-1)


def with_ends(points_px: FloatArray, crown_count: int) -> FloatArray:
    """Reduce landmarks + rim points, (n, 33 + rims, 2), to 35 points: the rims' extremes along the long axis."""
    along, _ = image_axes(points_px)
    reach = np.einsum("npk,nk->np", points_px[:, 33:], along)
    rows = np.arange(len(points_px))
    top = points_px[rows, 33 + np.argmax(reach[:, :crown_count], axis=1)]
    low = points_px[rows, 33 + crown_count + np.argmin(reach[:, crown_count:], axis=1)]
    result = np.empty((len(points_px), 35, 2))
    result[:, :33], result[:, CROWN], result[:, SOLES] = points_px[:, :33], top, low
    return result


def true_points_px(
    bodies: BodyTable, scan_type: ScanType, rng: np.random.Generator
) -> tuple[FloatArray, Cameras, NDArray[np.bool_]]:
    """Pose and film every body once: exact 35 points in px, the cameras, and which side views face left."""
    count = len(bodies.age_days)
    lying = np.full(count, scan_type.is_lying)
    rotvec = neutral_rotations(bodies.joints) + random_rotations(count, lying, rng)
    posed = pose(bodies.points, bodies.weights, bodies.joints, rotvec)
    yaw, in_plane = draw_turns(scan_type, count, rng)
    hips_above_soles = posed[:, HIPS, 2].mean(axis=1) - posed[:, 33 + bodies.crown_count :, 2].min(axis=1)
    standing = stand(posed, posed[:, :33], yaw, in_plane)
    cameras = draw_cameras(scan_type, bodies.measured[:, 0], hips_above_soles, standing[..., 1].max(axis=1), rng)
    return with_ends(project(standing, cameras), bodies.crown_count), cameras, yaw < -45.0
