"""Where the sheet belongs, in two small drawings: one plane (dashed) holds child and sheet."""

from __future__ import annotations

from fpdf import FPDF

#: Width and height of each drawing in mm.
PICTOGRAM_MM = (16.0, 19.0)

_GREY, _BLACK, _WHITE = 120, 0, 255
_BOARD_MM = 0.9


def draw_standing(pdf: FPDF, left: float, top: float) -> None:
    """Draw from above: the child and the sheet beside it on one line, the camera before them."""
    _frame(pdf, left, top)
    plane = top + 5.5
    _dashed(pdf, left + 1, plane, left + 15)
    pdf.set_fill_color(_GREY)
    pdf.ellipse(left + 2.2, plane - 1.2, 6, 2.4, style="F")  # shoulders
    pdf.set_fill_color(_BLACK)
    pdf.circle(left + 5.2, plane, 1.1, style="F")  # head
    pdf.rect(left + 9.8, plane - _BOARD_MM / 2, 4, _BOARD_MM, style="F")  # sheet, edge on
    _camera(pdf, left + 8, top + 14.5, upwards=True)
    _caption(pdf, left, top, "from above")


def draw_lying(pdf: FPDF, left: float, top: float) -> None:
    """Draw from the side: the lying child and the sheet on a box, both at the body's mid-height, the camera above."""
    _frame(pdf, left, top)
    ground, plane = top + 15.5, top + 13.3
    pdf.set_draw_color(_BLACK)
    pdf.line(left + 1, ground, left + 15, ground)
    pdf.set_fill_color(_GREY)
    pdf.ellipse(left + 1.2, ground - 3.6, 3.4, 3.4, style="F")  # head
    pdf.ellipse(left + 3.8, ground - 4.2, 6.4, 4.2, style="F")  # body, legs out of the way
    _dashed(pdf, left + 1, plane, left + 15)
    pdf.set_fill_color(_WHITE)
    pdf.rect(left + 11.2, plane, 3.4, ground - plane, style="DF")  # box
    pdf.set_fill_color(_BLACK)
    pdf.rect(left + 10.9, plane - _BOARD_MM / 2, 4, _BOARD_MM, style="F")  # sheet, edge on
    _camera(pdf, left + 8, top + 3.5, upwards=False)
    _caption(pdf, left, top, "from the side")


def _frame(pdf: FPDF, left: float, top: float) -> None:
    pdf.set_draw_color(_GREY)
    pdf.set_line_width(0.2)
    pdf.rect(left, top, *PICTOGRAM_MM)


def _dashed(pdf: FPDF, left: float, y: float, right: float) -> None:
    pdf.set_draw_color(_BLACK)
    pdf.set_dash_pattern(dash=0.8, gap=0.6)
    pdf.line(left, y, right, y)
    pdf.set_dash_pattern()


def _camera(pdf: FPDF, x: float, y: float, *, upwards: bool) -> None:
    """Draw a phone, edge on, and its field of view."""
    pdf.set_draw_color(_GREY)
    reach = -5.5 if upwards else 5.5
    for side in (-3.5, 3.5):
        pdf.line(x, y, x + side, y + reach)
    pdf.set_fill_color(_BLACK)
    pdf.rect(x - 1.6, y - 0.4, 3.2, 0.8, style="F")


def _caption(pdf: FPDF, left: float, top: float, words: str) -> None:
    pdf.set_font("Helvetica", size=5.5)
    pdf.text(left + (PICTOGRAM_MM[0] - pdf.get_string_width(words)) / 2, top + PICTOGRAM_MM[1] - 0.9, words)
