"""What a camera sees of a printed sheet at an exactly known place: for tests and for the figures in the documents.

Exact geometry, not a warped texture: every subsample of a pixel asks what is printed where its ray meets the page.
Light is mixed and blurred as light, then coded as cameras code it (sRGB); a picture of another kind says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.marker_corners import dark_cells
from ml_models.marker_sheet import CELLS_A_SIDE, Point, SheetLayout
from ml_models.types import CameraIntrinsics

FloatArray = NDArray[np.float64]

# Subsamples of a pixel per axis: edges are placed within a few thousandths of a pixel.
_SUBSAMPLES = 8
# Share of light that ink, paper and the wall behind give back.
_INK, _PAPER, _WALL = 0.05, 0.80, 0.25


class LightCoding(StrEnum):
    """How light becomes grey levels: as in cameras, or proportionally (as in pictures blended without care)."""

    SRGB = "srgb"
    PROPORTIONAL = "proportional"


@dataclass(frozen=True)
class PrintedPage:
    """A page of markers: its size, and by number the upper left corner and the side of each, all in mm."""

    page_mm: tuple[float, float]
    markers: tuple[tuple[int, Point, float], ...]
    covered_mm: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Look:
    """The camera's part: size in px, blur (SD in px), noise (SD in grey levels of 255), light coding, JPEG quality."""

    size: tuple[int, int] = (720, 1280)
    blur_px: float = 0.0
    noise: float = 0.0
    coding: LightCoding = LightCoding.SRGB
    jpeg_quality: int | None = None


def printed_sheet(layout: SheetLayout) -> PrintedPage:
    """Return the page of one of the project's sheets, markers only."""
    return PrintedPage(
        page_mm=layout.page_mm,
        markers=tuple((number, layout.corners_mm(number)[0], layout.marker_mm) for number in layout.marker_ids),
    )


def printed_marker(*, marker_id: int, size_mm: float) -> PrintedPage:
    """Return a page with one marker, its white margin as wide as one of its cells."""
    margin = size_mm / CELLS_A_SIDE
    side = size_mm + 2 * margin
    return PrintedPage(page_mm=(side, side), markers=((marker_id, (margin, margin), size_mm),))


def picture_of(
    page: PrintedPage,
    *,
    camera: CameraIntrinsics,
    centre_cm: tuple[float, float, float],
    turned: FloatArray,
    look: Look,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Return the picture, uint8 (height, width, 3) RGB.

    `centre_cm`: middle of the page in camera coordinates. `turned`: (3, 3), rotation of a page that first faces the
    camera.
    """
    light = np.full((look.size[1], look.size[0]), _WALL)
    left, top, right, bottom = _bounds(page, camera, centre_cm, turned, look.size)
    if left < right and top < bottom:
        light[top:bottom, left:right] = _light(page, camera, centre_cm, turned, (left, top, right, bottom))
    if look.blur_px:
        light = cv2.GaussianBlur(light, (0, 0), look.blur_px)
    level = light if look.coding is LightCoding.PROPORTIONAL else _srgb(light)
    level = 255 * level + np.random.default_rng(seed).normal(0, 1, light.shape) * look.noise
    grey = np.clip(np.round(level), 0, 255).astype(np.uint8)
    if look.jpeg_quality is not None:
        coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, look.jpeg_quality])[1]
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def covered_page(page: PrintedPage, *, left: float, top: float, right: float, bottom: float) -> PrintedPage:
    """Return the page with something of the wall's colour before a part of it, in mm."""
    return replace(page, covered_mm=(left, top, right, bottom))


def _bounds(
    page: PrintedPage,
    camera: CameraIntrinsics,
    centre_cm: tuple[float, float, float],
    turned: FloatArray,
    size: tuple[int, int],
) -> tuple[int, int, int, int]:
    """Return the pixels that can show the page: left, top, right, bottom."""
    half_w, half_h = page.page_mm[0] / 20, page.page_mm[1] / 20
    corners = np.array([[x, y, 0.0] for x in (-half_w, half_w) for y in (-half_h, half_h)])
    placed = corners @ turned.T + centre_cm
    seen = placed[:, :2] / placed[:, 2:] * [camera.fx, camera.fy] + [camera.cx, camera.cy]
    left, top = np.clip(np.floor(seen.min(axis=0)) - 1, 0, size).astype(int)
    right, bottom = np.clip(np.ceil(seen.max(axis=0)) + 2, 0, size).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _light(
    page: PrintedPage,
    camera: CameraIntrinsics,
    centre_cm: tuple[float, float, float],
    turned: FloatArray,
    bounds: tuple[int, int, int, int],
) -> FloatArray:
    """Return the mean light of each pixel within `bounds`."""
    left, top, right, bottom = bounds
    steps = (np.arange(_SUBSAMPLES) + 0.5) / _SUBSAMPLES - 0.5
    x = (np.arange(left, right)[:, None] + steps).ravel()  # (width * subsamples,)
    total = np.zeros((bottom - top, right - left))
    to_page = turned.T
    start = to_page @ np.asarray(centre_cm)
    for step in steps:
        y = np.arange(top, bottom) + step
        rays = np.stack(np.broadcast_arrays((x - camera.cx) / camera.fx, ((y - camera.cy) / camera.fy)[:, None], 1.0))
        in_page = np.einsum("ij,jhw->ihw", to_page, rays)  # (3, height, width * subsamples)
        reach = start[2] / in_page[2]
        across = (in_page[0] * reach - start[0]) * 10 + page.page_mm[0] / 2
        down = (in_page[1] * reach - start[1]) * 10 + page.page_mm[1] / 2
        total += _printed(page, across, down).reshape(bottom - top, right - left, _SUBSAMPLES).mean(axis=2)
    return np.asarray(total / _SUBSAMPLES)


def _printed(page: PrintedPage, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the light that each place of the page (mm) gives back."""
    on_page = (x >= 0) & (x < page.page_mm[0]) & (y >= 0) & (y < page.page_mm[1])
    light = np.where(on_page, _PAPER, _WALL)
    for number, (left, top), side in page.markers:
        inside = (x >= left) & (x < left + side) & (y >= top) & (y < top + side)
        column = ((x[inside] - left) * CELLS_A_SIDE / side).astype(int)
        row = ((y[inside] - top) * CELLS_A_SIDE / side).astype(int)
        light[inside] = np.where(dark_cells(number)[row, column], _INK, _PAPER)
    if page.covered_mm is not None:
        left, top, right, bottom = page.covered_mm
        light[(x >= left) & (x < right) & (y >= top) & (y < bottom)] = _WALL
    return np.asarray(light)


def _srgb(light: FloatArray) -> FloatArray:
    """Return sRGB values 0-1 of linear light 0-1 (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.clip(light, 0.0031308, 1) ** (1 / 2.4) - 0.055)
