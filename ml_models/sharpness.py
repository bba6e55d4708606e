"""How light and how sharp a film is, in units of its own: stops and shares of the picture. Numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Luminance of linear RGB (ITU-R BT.709) and the sRGB curve (IEC 61966-2-1).
_LUMINANCE_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_CODES = np.arange(256) / 255
_TO_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
# A mean needs no more pixels than this a side.
_LUMINANCE_SIDE_PX = 160

# Sharpness is measured on pictures shrunk to about this longer side: what is finer does not matter to a pose.
_SHARPNESS_SIDE_PX = 640
# SD in px of the known blur that is added to measure the unknown one. About the blur that matters: there the
# measurement is most sensitive.
_ADDED_BLUR_PX = 3.0
# Edges that count: at least this share of the strongest, and at least this many grey levels a px once blurred.
_EDGE_SHARE = 0.3
_MIN_EDGE = 1.0
# Fewer edges than this tell nothing.
_MIN_EDGES = 30
# A sharp picture has soft edges, too (shadows); a blurred one has no sharp ones. The sharper quarter decides.
_SHARPER_SHARE = 25
# Mean over this many px along the edge against noise.
_ALONG_EDGE_PX = 5


def mean_luminance(image: NDArray[np.uint8]) -> float:
    """Return the mean luminance as a share of white, linear in light. `image`: uint8, shape (height, width, 3), RGB."""
    step = max(1, max(image.shape[:2]) // _LUMINANCE_SIDE_PX)
    return float((_TO_LINEAR[image[::step, ::step]] @ _LUMINANCE_WEIGHTS).mean())


def blur_share(image: NDArray[np.uint8]) -> float | None:
    """Return the blur of the picture's edges, SD as a share of its longer side; None without enough edges.

    `image`: uint8, shape (height, width, 3), RGB. A camera that moved blurs edges of one direction only: the worse of
    horizontal and vertical counts.
    Method: an edge of unknown blur s is blurred once more by a known s0; its steepness falls by sqrt(1 + s0^2 / s^2)
    (Zhuo and Sim, Defocus map estimation from a single image, 2011).
    """
    shrink = max(1, round(max(image.shape[:2]) / _SHARPNESS_SIDE_PX))
    grey = _block_means(image[:, :, 1], shrink)  # green: most of the luminance, least of the noise
    blurs = [blur for blur in (_blur_across(grey), _blur_across(grey.T)) if blur is not None]
    return max(blurs) / max(grey.shape) if blurs else None


def _block_means(grey: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    height, width = (length // side * side for length in grey.shape)
    blocks = grey[:height, :width].reshape(height // side, side, width // side, side)
    return np.asarray(blocks.sum(axis=(1, 3), dtype=np.uint32) / np.float32(side**2), dtype=np.float32)


def _blur_across(grey: NDArray[np.float32]) -> float | None:
    """Return the blur SD in px of edges crossed from left to right, None without enough of them."""
    calmer = _convolve_rows(grey.T, np.full(_ALONG_EDGE_PX, 1 / _ALONG_EDGE_PX, dtype=np.float32)).T
    reach = int(3 * _ADDED_BLUR_PX)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _ADDED_BLUR_PX) ** 2).astype(np.float32)
    before = np.abs(np.gradient(calmer, axis=1))[:, reach:-reach]
    after = np.abs(np.gradient(_convolve_rows(calmer, bell / bell.sum()), axis=1))[:, reach:-reach]
    middle = after[:, 1:-1]
    peak = (middle >= after[:, :-2]) & (middle > after[:, 2:])
    strong = middle >= max(_MIN_EDGE, _EDGE_SHARE * float(np.percentile(middle, 99.9)))
    rows, columns = np.nonzero(peak & strong)
    if len(rows) < _MIN_EDGES:
        return None
    # The steepest of the neighbours: the added blur may move the edge by a pixel.
    steep = np.max([before[rows, columns + shift] for shift in range(3)], axis=0)
    ratio = np.maximum(steep / middle[rows, columns], 1.0 + 1e-3)
    return float(np.percentile(_ADDED_BLUR_PX / np.sqrt(ratio**2 - 1), _SHARPER_SHARE))


def _convolve_rows(grey: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row convolved with an odd, symmetric kernel, edges repeated."""
    reach = len(kernel) // 2
    padded = np.pad(grey, ((0, 0), (reach, reach)), mode="edge")
    total = np.zeros_like(grey)
    for offset, weight in enumerate(kernel):
        total += weight * padded[:, offset : offset + grey.shape[1]]
    return total
