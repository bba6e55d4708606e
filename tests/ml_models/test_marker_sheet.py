"""What is printed on a marker sheet, and where: the layout, the PDF, the copies that the portal serves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from ml_models.marker import detect_markers
from ml_models.marker_sheet import LAYOUTS
from ml_models.marker_sheet.__main__ import main
from ml_models.marker_sheet.pdf import sheet_pdf
from ml_models.types import MarkerSheet

SERVED = Path(__file__).resolve().parents[2] / "static" / "marker_sheet"
# The raster rounds edges outwards to whole pixels: these must be finer than the 0.1 mm that is asked for.
PX_PER_MM = 16
POINTS_PER_MM = 72 / 25.4
# Numbers that single markers use.
SINGLE_IDS = set(range(10))


def rastered(pdf: bytes):
    """Return the page as uint8, shape (height, width, 3)."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=PX_PER_MM / POINTS_PER_MM).to_numpy()
    return np.ascontiguousarray(page[..., :3])


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_every_marker_is_printed_where_the_layout_says(sheet):
    layout = LAYOUTS[sheet]

    seen = detect_markers(rastered(sheet_pdf(layout)))

    assert set(seen) == set(layout.marker_ids)
    for number, corners in seen.items():
        assert (corners + 0.5) / PX_PER_MM == pytest.approx(np.array(layout.corners_mm(number)), abs=0.1)


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_the_ruler_line_is_as_long_as_it_says(sheet):
    layout = LAYOUTS[sheet]

    page = rastered(sheet_pdf(layout))

    left, y = layout.ruler_start_mm
    row = page[round(y * PX_PER_MM)].mean(axis=1) < 128
    dark_mm = np.flatnonzero(row[: round((left + layout.ruler_mm + 2) * PX_PER_MM)]) / PX_PER_MM
    # The ticks at both ends are half a line's width farther out.
    assert dark_mm[-1] - dark_mm[0] == pytest.approx(layout.ruler_mm + 0.2, abs=0.2)


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_the_page_has_the_size_of_its_paper(sheet):
    size_pt = pypdfium2.PdfDocument(sheet_pdf(LAYOUTS[sheet]))[0].get_size()

    assert np.array(size_pt) / POINTS_PER_MM == pytest.approx(np.array(LAYOUTS[sheet].page_mm), abs=0.01)


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_a_sheet_asks_the_printer_not_to_scale_it(sheet):
    assert b"/PrintScaling /None" in sheet_pdf(LAYOUTS[sheet])


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_the_served_copy_is_what_the_command_writes(sheet, tmp_path):
    main(["--paper", sheet.value, "--out", str(tmp_path / "sheet.pdf")])

    assert (tmp_path / "sheet.pdf").read_bytes() == (SERVED / f"marker-sheet-{sheet.value}.pdf").read_bytes()


def test_no_number_is_on_two_sheets_or_that_of_a_single_marker():
    numbers = [number for layout in LAYOUTS.values() for number in layout.marker_ids]

    assert len(numbers) == len(set(numbers))
    assert not SINGLE_IDS & set(numbers)


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_a_cell_of_white_is_around_every_marker(sheet):
    layout = LAYOUTS[sheet]
    boxes = [np.array(layout.corners_mm(number)) for number in layout.marker_ids]

    across = sorted({(float(box[:, 0].min()), float(box[:, 0].max())) for box in boxes})
    down = sorted({(float(box[:, 1].min()), float(box[:, 1].max())) for box in boxes})
    for sides, page in ((across, layout.page_mm[0]), (down, layout.ruler_start_mm[1] - 4)):
        edges = [(0.0, 0.0), *sides, (page, page)]
        assert min(after[0] - before[1] for before, after in pairwise(edges)) >= layout.cell_mm


def test_a_number_of_another_sheet_has_no_place():
    with pytest.raises(ValueError, match="not on the sheet"):
        LAYOUTS[MarkerSheet.A4].corners_mm(20)
