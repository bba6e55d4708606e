"""Pictures of a printed marker at an exactly known place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.types import CameraIntrinsics, SampledFrames

CAMERA = CameraIntrinsics(fx=1150.0, fy=1150.0, cx=359.5, cy=639.5, focal_relative_sd=0.015)
SIZE = (720, 1280)
# The black square has 6 x 6 cells; each is drawn with this many px, and the picture is drawn larger and then shrunk.
_CELL_PX = 40
_OVERSAMPLING = 4


def rotation(*, pitch_deg: float = 0.0, yaw_deg: float = 0.0) -> NDArray[np.float64]:
    """Return the rotation of a sheet that first faces the camera."""
    pitch, yaw = np.radians([pitch_deg, yaw_deg])
    about_x = cv2.Rodrigues(np.array([pitch, 0.0, 0.0]))[0]
    about_y = cv2.Rodrigues(np.array([0.0, yaw, 0.0]))[0]
    return np.asarray(about_x @ about_y)


def picture(
    *,
    marker_id: int = 3,
    size_cm: float = 16.0,
    centre_cm: tuple[float, float, float] = (40.0, 20.0, 250.0),
    turned: NDArray[np.float64] | None = None,
    covered: bool = False,
) -> NDArray[np.uint8]:
    """Return a grey room (1280 x 720 px, RGB) with the marker, its white margin a sixth of its size."""
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    side = 6 * _CELL_PX
    sheet = np.full((side + 2 * _CELL_PX, side + 2 * _CELL_PX), 255, np.uint8)
    sheet[_CELL_PX:-_CELL_PX, _CELL_PX:-_CELL_PX] = cv2.aruco.generateImageMarker(dictionary, marker_id, side)
    if covered:
        sheet[: side // 2, : side // 2] = 128
    half = size_cm / 2 * len(sheet) / side
    corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
    placed = corners @ (np.eye(3) if turned is None else turned).T + centre_cm
    seen = placed[:, :2] / placed[:, 2:] * CAMERA.fx + [CAMERA.cx, CAMERA.cy]
    large = (seen + 0.5) * _OVERSAMPLING - 0.5
    edge = len(sheet) - 0.5
    flat = np.array([[-0.5, -0.5], [edge, -0.5], [edge, edge], [-0.5, edge]])
    transform = cv2.getPerspectiveTransform(flat.astype(np.float32), large.astype(np.float32))
    width, height = SIZE[0] * _OVERSAMPLING, SIZE[1] * _OVERSAMPLING
    room = np.full((height, width), 150, np.uint8)
    cv2.warpPerspective(sheet, transform, (width, height), dst=room, borderMode=cv2.BORDER_TRANSPARENT)
    return cv2.cvtColor(cv2.resize(room, SIZE, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)


def film(*pictures: NDArray[np.uint8], scale: float = 1.0) -> SampledFrames:
    """Return the pictures as a film of one a second; `scale` is picture px / film px."""
    height, width = pictures[0].shape[:2]
    return SampledFrames(
        images=np.stack(pictures),
        times_s=np.arange(len(pictures), dtype=np.float64),
        width=round(width / scale),
        height=round(height / scale),
        scale=scale,
        duration_s=float(len(pictures)),
        fps=30.0,
        codec="h264",
    )
