"""Pictures of right and wrong for the page that teaches filming: cut out of rendered films, nobody in them is real.

    python -m ml_models.synthetic.help_pictures --films tests/data/videos --out static/scan_help

Two mistakes that no sample film shows are drawn over one: a woollen cap, a marker that hangs far behind.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.contact_sheet import middle_frame

Image = NDArray[np.uint8]

SIZE_PX = (360, 480)  # width, height
QUALITY = 72
#: A film too dark to be measured would be a black tile: brighter, one sees that somebody stands there.
DARK_GAIN = 3.5
_WOOL, _SEAM = (176, 122, 58), (120, 78, 32)
# Where the head of A012_front and the marker of A005_front are, px: x, y, and half axes or sides.
_HEAD, _HEAD_AXES = (307, 464), (39, 44)
_MARKER = slice(538, 664), slice(474, 604)
_FAR_MARKER, _FAR_SIDE = (560, 452), 52


@dataclass(frozen=True)
class Cut:
    """A part of the middle frame of a film, as high as `height` of it; `centre`: x and y in shares of the sides."""

    film: str
    centre: tuple[float, float] = (0.5, 0.5)
    height: float = 0.72


def _as_filmed(picture: Image, _folder: Path) -> Image:
    return picture


def _brightened(picture: Image, _folder: Path) -> Image:
    return np.asarray(np.clip(picture.astype(np.float32) * DARK_GAIN, 0, 255), dtype=np.uint8)


def _with_cap(picture: Image, _folder: Path) -> Image:
    """Draw a tall woollen cap with a bobble over the hair."""
    drawn = picture.copy()
    (x, y), (wide, high) = _HEAD, _HEAD_AXES
    brim = y - high // 4
    cv2.ellipse(drawn, (x, brim), (wide, high + 22), 0, 180, 360, _WOOL, thickness=-1, lineType=cv2.LINE_AA)
    for share in (0.35, 0.7):
        cv2.ellipse(
            drawn, (x, brim), (wide, round((high + 22) * share)), 0, 180, 360, _SEAM, thickness=5, lineType=cv2.LINE_AA
        )
    cv2.line(drawn, (x - wide, brim), (x + wide, brim), _SEAM, thickness=16, lineType=cv2.LINE_AA)
    cv2.circle(drawn, (x, brim - high - 26), 14, _SEAM, thickness=-1, lineType=cv2.LINE_AA)
    return drawn


def _with_far_marker(picture: Image, folder: Path) -> Image:
    """Hang a marker on the wall far behind the child."""
    marker = cv2.resize(middle_frame(folder / "A005_front.mp4")[_MARKER], (_FAR_SIDE, _FAR_SIDE))
    drawn = picture.copy()
    x, y = _FAR_MARKER
    drawn[y : y + _FAR_SIDE, x : x + _FAR_SIDE] = marker
    return drawn


PICTURES: dict[str, tuple[Cut, Callable[[Image, Path], Image]]] = {
    "good-front": (Cut("A005_front", (0.5, 0.52)), _as_filmed),
    "good-side": (Cut("A005_side", (0.52, 0.52)), _as_filmed),
    "good-lying": (Cut("A002_lying", (0.5, 0.52)), _as_filmed),
    "feet-cut": (Cut("bad_feet_cut", (0.5, 0.64)), _as_filmed),
    "head-cut": (Cut("bad_head_cut", (0.5, 0.36)), _as_filmed),
    "head-covered": (Cut("A012_front", (0.5, 0.5)), _with_cap),
    "two-people": (Cut("bad_two_children", (0.45, 0.5)), _as_filmed),
    "too-far": (Cut("bad_too_far", (0.5, 0.5), 0.75), _as_filmed),
    "too-dark": (Cut("bad_too_dark", (0.5, 0.5)), _brightened),
    "blurred": (Cut("bad_blurred", (0.5, 0.5)), _as_filmed),
    "oblique": (Cut("bad_oblique_lying", (0.5, 0.46)), _as_filmed),
    "no-marker": (Cut("A007_front", (0.45, 0.5)), _as_filmed),
    "far-marker": (Cut("A007_front", (0.5, 0.5)), _with_far_marker),
}


def cut_out(picture: Image, cut: Cut) -> Image:
    """Return the part of `picture` in SIZE_PX, moved inward where it would reach beyond an edge."""
    high, wide = picture.shape[:2]
    height = round(cut.height * high)
    width = min(wide, round(height * SIZE_PX[0] / SIZE_PX[1]))
    left = int(np.clip(round(cut.centre[0] * wide - width / 2), 0, wide - width))
    top = int(np.clip(round(cut.centre[1] * high - height / 2), 0, high - height))
    part = picture[top : top + height, left : left + width]
    return np.asarray(cv2.resize(part, SIZE_PX, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def write_pictures(films: Path, out: Path) -> list[Path]:
    """Write every picture as WebP into `out`; return their paths."""
    paths = []
    for name, (cut, change) in PICTURES.items():
        picture = cut_out(change(middle_frame(films / f"{cut.film}.mp4"), films), cut)
        paths.append(out / f"{name}.webp")
        cv2.imwrite(str(paths[-1]), picture[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return paths


def main() -> None:
    """Write the pictures from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--films", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    write_pictures(arguments.films, arguments.out)


if __name__ == "__main__":
    main()
