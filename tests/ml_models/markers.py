"""Pictures of printed markers and sheets at exactly known places."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.marker_sheet import LAYOUTS
from ml_models.marker_sheet.picture import Look, PrintedPage, covered_page, picture_of, printed_marker, printed_sheet
from ml_models.types import CameraIntrinsics, MarkerSheet, SampledFrames

CAMERA = CameraIntrinsics(fx=1150.0, fy=1150.0, cx=359.5, cy=639.5, focal_relative_sd=0.015)
SIZE = (720, 1280)
# What a phone's film is like: a little blur, a little noise, compression.
PHONE = Look(size=SIZE, blur_px=0.7, noise=2.0, jpeg_quality=80)


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
    page = printed_marker(marker_id=marker_id, size_mm=size_cm * 10)
    if covered:
        page = covered_page(page, left=0, top=0, right=page.page_mm[0] / 2, bottom=page.page_mm[1] / 2)
    return _seen(page, centre_cm, turned, PHONE)


def sheet_picture(
    sheet: MarkerSheet,
    *,
    centre_cm: tuple[float, float, float],
    turned: NDArray[np.float64] | None = None,
    covered_mm: tuple[float, float, float, float] | None = None,
    look: Look = PHONE,
) -> NDArray[np.uint8]:
    """Return a grey room with a sheet; `covered_mm`: left, top, right, bottom of a part that is covered."""
    page = printed_sheet(LAYOUTS[sheet])
    if covered_mm is not None:
        left, top, right, bottom = covered_mm
        page = covered_page(page, left=left, top=top, right=right, bottom=bottom)
    return _seen(page, centre_cm, turned, look)


def _seen(
    page: PrintedPage, centre_cm: tuple[float, float, float], turned: NDArray[np.float64] | None, look: Look
) -> NDArray[np.uint8]:
    return picture_of(
        page, camera=CAMERA, centre_cm=centre_cm, turned=np.eye(3) if turned is None else turned, look=look
    )


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
