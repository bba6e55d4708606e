"""A marker sheet as a PDF of exact rectangles and lines, with its ruler line and short instructions.

Nothing is a raster, and the file asks the printer not to scale. The same layout gives the same bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF, ViewerPreferences

from ml_models.marker_corners import dark_cells
from ml_models.marker_sheet import CELLS_A_SIDE, Point, SheetLayout
from ml_models.marker_sheet.pictograms import PICTOGRAM_MM, draw_lying, draw_standing

_BLACK, _WHITE = 0, 255
_LINE_MM, _TICK_MM, _LONG_TICK_MM = 0.3, 2.0, 3.5
_TICK_STEP_MM, _LONG_TICK_STEP_MM = 10, 50
_TEXT_PT, _TITLE_PT, _TEXT_STEP_MM = 7.5, 9.0, 3.6
# Nearer to the page's edge printers do not print.
_EDGE_MM = 8.0
# The bytes must not tell when the file was written: the date of the layout's first version.
_LAYOUT_DATE = datetime(2026, 11, 23, tzinfo=UTC)


def write_sheet(layout: SheetLayout, path: Path) -> None:
    """Write the sheet of `layout` to `path`."""
    path.write_bytes(sheet_pdf(layout))


def sheet_pdf(layout: SheetLayout) -> bytes:
    """Return the sheet of `layout` as the bytes of a PDF of one page."""
    pdf = FPDF(unit="mm", format=layout.page_mm)
    pdf.set_compression(False)
    pdf.set_creation_date(_LAYOUT_DATE)
    pdf.set_title(f"Child Growth Monitor: marker sheet {layout.sheet.upper()}, version {layout.version}")
    pdf.set_lang("en")
    pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    for number in layout.marker_ids:
        _draw_marker(pdf, number, layout.corners_mm(number)[0], layout.cell_mm)
    _draw_ruler(pdf, layout)
    _draw_words(pdf, layout)
    left = layout.page_mm[0] - _EDGE_MM - 2 * PICTOGRAM_MM[0] - 2
    top = layout.ruler_start_mm[1] - 4
    draw_standing(pdf, left, top)
    draw_lying(pdf, left + PICTOGRAM_MM[0] + 2, top)
    return bytes(pdf.output())


def _draw_marker(pdf: FPDF, number: int, corner_mm: Point, cell_mm: float) -> None:
    """Draw a marker: a black square, its white cells over it.

    Neighbours are drawn once more as one rectangle: otherwise screens show a seam between them.
    """
    left, top = corner_mm
    pdf.set_fill_color(_BLACK)
    pdf.rect(left, top, CELLS_A_SIDE * cell_mm, CELLS_A_SIDE * cell_mm, style="F")
    pdf.set_fill_color(_WHITE)
    white = {(row, column) for row in range(CELLS_A_SIDE) for column in range(CELLS_A_SIDE)}
    white -= {(int(row), int(column)) for row, column in zip(*dark_cells(number).nonzero(), strict=True)}
    for row, column in sorted(white):
        for rows, columns in ((1, 1), (2, 1), (1, 2)):
            if (row + rows - 1, column + columns - 1) in white:
                x, y = left + column * cell_mm, top + row * cell_mm
                pdf.rect(x, y, columns * cell_mm, rows * cell_mm, style="F")


def _draw_ruler(pdf: FPDF, layout: SheetLayout) -> None:
    """Draw the line by which the print's scale is checked: ticks every 10 mm, its length in words."""
    left, y = layout.ruler_start_mm
    pdf.set_draw_color(_BLACK)
    pdf.set_line_width(_LINE_MM)
    pdf.line(left, y, left + layout.ruler_mm, y)
    for mm in range(0, int(layout.ruler_mm) + 1, _TICK_STEP_MM):
        pdf.line(left + mm, y, left + mm, y - (_TICK_MM if mm % _LONG_TICK_STEP_MM else _LONG_TICK_MM))
    pdf.set_font("Helvetica", size=_TEXT_PT)
    for mm in range(0, int(layout.ruler_mm) + 1, _LONG_TICK_STEP_MM):
        at_end = mm == layout.ruler_mm
        label = f"{mm} mm" if at_end else str(mm)
        pdf.text(left + mm + (-pdf.get_string_width(label) - 0.8 if at_end else 0.8), y - _TICK_MM - 0.3, label)


def _draw_words(pdf: FPDF, layout: SheetLayout) -> None:
    left, y = layout.ruler_start_mm
    name = f"Child Growth Monitor - marker sheet {layout.sheet.upper()} - version {layout.version}"
    lines = (
        f"Print at 100 % (actual size). The line above must be {layout.ruler_mm:.0f} mm long. If not: print again, or",
        f"measure a black square ({layout.marker_mm:.0f} mm here) and type its side when you send the scan.",
        "Glue it flat on a stiff board: in the plane of the child's body, not behind it (see the pictures).",
    )
    pdf.set_font("Helvetica", style="B", size=_TITLE_PT)
    pdf.text(left, y + 4.2, name)
    pdf.set_font("Helvetica", size=_TEXT_PT)
    for index, line in enumerate(lines):
        pdf.text(left, y + 8 + index * _TEXT_STEP_MM, line)
