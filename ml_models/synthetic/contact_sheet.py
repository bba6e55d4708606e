"""A picture to look at: one frame of many rendered films, a row for each skin tone, columns by scan type.

    python -m ml_models.synthetic.contact_sheet --set DIR --out sheet.jpg [--each 2]

DIR is a folder that `rendered_sessions` wrote. Look at it before training on or testing with a set.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.looks import SKIN_TONES
from ml_models.synthetic.rendered_sessions import TABLE, VIDEOS
from ml_models.types import ScanType

Image = NDArray[np.uint8]

CELL_PX, GAP_PX, HEADER_PX = (126, 224), 3, 22
QUALITY = 82
_PAPER, _INK = 245, (40, 40, 40)


def films_by_cell(folder: Path) -> dict[tuple[int, ScanType], list[Path]]:
    """The films of sessions that must be measured, by skin tone and scan type."""
    cells: dict[tuple[int, ScanType], list[Path]] = defaultdict(list)
    with (folder / TABLE).open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["expected_reason"]:
                continue
            for entry in row["files"].split(";"):
                scan_type, name = entry.split(":", 1)
                cells[int(row["skin_tone"]), ScanType(scan_type)].append(folder / VIDEOS / name)
    return cells


def middle_frame(path: Path) -> Image:
    """The picture in the middle of a film, RGB."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.asarray(frames[len(frames) // 2], dtype=np.uint8)


def contact_sheet(folder: Path, *, each: int) -> Image:
    """The grid, RGB: `each` films of each skin tone and scan type, empty where the set has fewer."""
    cells, (wide, high) = films_by_cell(folder), CELL_PX
    columns = [(scan_type, number) for scan_type in ScanType for number in range(each)]
    size = (HEADER_PX + len(SKIN_TONES) * (high + GAP_PX), len(columns) * (wide + GAP_PX), 3)
    sheet = np.full(size, _PAPER, dtype=np.uint8)
    for column, (scan_type, number) in enumerate(columns):
        left = column * (wide + GAP_PX)
        if number == 0:
            cv2.putText(sheet, scan_type.value, (left + 2, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _INK, 1, cv2.LINE_AA)
        for tone in range(len(SKIN_TONES)):
            films = cells[tone, scan_type]
            if number < len(films):
                top = HEADER_PX + tone * (high + GAP_PX)
                small = cv2.resize(middle_frame(films[number]), CELL_PX, interpolation=cv2.INTER_AREA)
                sheet[top : top + high, left : left + wide] = small
    return sheet


def main() -> None:
    """Write the picture from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--set", type=Path, required=True, metavar="DIR", dest="folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--each", type=int, default=2, help="films of each skin tone and scan type")
    arguments = parser.parse_args()
    sheet = contact_sheet(arguments.folder, each=arguments.each)
    cv2.imwrite(str(arguments.out), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


if __name__ == "__main__":
    main()
