"""A picture, or a part of it, as a network wants to see it; and the way back for points.

The part is scaled to fit the network's picture whole, sides in proportion, and lies in its middle; what is left over
has the colour that the network takes for nothing (its mean). Points are continuous: (0, 0) is the picture's corner, the
middle of the first pixel is (0.5, 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.pose.sidecar import InputSpec, Layout

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """Part of a picture in whole px, inside the picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height in px."""
        return self.right - self.left, self.bottom - self.top


@dataclass(frozen=True)
class Letterbox:
    """Where a region lies in the network's picture: `scale` (x, y) times, then moved by `offset` (x, y) px."""

    region: Region
    scale: tuple[float, float]
    offset: tuple[int, int]

    def to_picture(self, points: Points) -> Points:
        """Return points of the network's picture, shape (..., 2), in px of the whole picture."""
        return np.asarray((points - self.offset) / self.scale + (self.region.left, self.region.top))


def whole(image: NDArray[np.uint8]) -> Region:
    """Return the region of all of `image`."""
    return Region(0, 0, image.shape[1], image.shape[0])


def fit(image: NDArray[np.uint8], region: Region, spec: InputSpec) -> tuple[NDArray[np.uint8], Letterbox]:
    """Return `region` of `image` in the network's size, uint8 RGB, shape (height, width, 3), and where it lies."""
    part = image[region.top : region.bottom, region.left : region.right]
    width, height = region.sides
    share = min(spec.width / width, spec.height / height)
    inner = max(1, min(spec.width, round(width * share))), max(1, min(spec.height, round(height * share)))
    way = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    offset = (spec.width - inner[0]) // 2, (spec.height - inner[1]) // 2
    canvas = np.full((spec.height, spec.width, 3), _nothing(spec), dtype=np.uint8)
    canvas[offset[1] : offset[1] + inner[1], offset[0] : offset[0] + inner[0]] = cv2.resize(
        part, inner, interpolation=way
    )
    return canvas, Letterbox(region=region, scale=(inner[0] / width, inner[1] / height), offset=offset)


def to_tensor(canvas: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """Return the network's input of a picture by `fit`: colours in its order, values as it was trained, its layout."""
    low, high = spec.value_range
    gain = (high - low) / 255 / np.array(spec.std)
    start = (low - np.array(spec.mean)) / np.array(spec.std)
    values = np.asarray(_ordered(canvas, spec) * gain + start, dtype=np.float32)  # (height, width, 3)
    if spec.layout in (Layout.NCHW, Layout.CHW):
        values = values.transpose(2, 0, 1)
    if spec.layout in (Layout.NCHW, Layout.NHWC):
        values = values[None]
    return np.ascontiguousarray(values)


def _ordered(canvas: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    return canvas if spec.colour_order == "RGB" else canvas[..., ::-1]


def _nothing(spec: InputSpec) -> NDArray[np.uint8]:
    """Return the RGB colour that becomes zero, or comes nearest to it."""
    low, high = spec.value_range
    share = (np.array(spec.mean, dtype=np.float64) - low) / (high - low)
    colour = np.clip(np.round(share * 255), 0, 255).astype(np.uint8)
    return _ordered(colour, spec)
