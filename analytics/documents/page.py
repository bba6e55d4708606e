"""A page of a PDF: bundled fonts, text shaped by HarfBuzz, and every place counted from where a line begins.

Decides nothing about content. Fonts and their origin: `fonts/SOURCES.md`.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

import segno
from django.utils import timezone
from django.utils.translation import get_language_info
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

FONTS = Path(__file__).parent / "fonts"
LATIN, OTHERS = "NotoSans", ("NotoSansDevanagari", "NotoSansArabic")
A4_MM = (210.0, 297.0)
PT_TO_MM = 25.4 / 72
LINE_HEIGHT = 1.35  # of the size of the letters: room for vowel signs above and below
QR_ERROR = "m"  # 15 % of the symbol may be soiled
BLACK, GREY = (0, 0, 0), (90, 90, 90)
Colour = tuple[int, int, int]

# It would log the letters of every text that is written, of names too.
logging.getLogger("fontTools").setLevel(logging.WARNING)


class Page(FPDF):
    """An A4 document in one language. Places are mm from the edge where reading begins, and from the top."""

    def __init__(self, *, title: str, language: str, made_at: datetime | None = None) -> None:
        super().__init__(unit="mm", format=A4_MM)
        for family in (LATIN, *OTHERS):
            self.add_font(family, "", FONTS / f"{family}-Regular.ttf")
            self.add_font(family, "B", FONTS / f"{family}-Bold.ttf")
        self.set_font(LATIN, size=10)
        self.set_fallback_fonts(list(OTHERS), exact_match=True)
        self.set_text_shaping(use_shaping_engine=True)
        self.set_auto_page_break(auto=False)
        self.set_margin(0)
        self.c_margin = 0
        self.set_title(title)
        self.set_lang(language)
        self.set_creation_date(made_at or timezone.now())
        self.right_to_left: bool = get_language_info(language)["bidi"]

    def from_start(self, start_mm: float, width_mm: float = 0.0) -> float:
        """Return mm from the left of something `width_mm` wide that begins at `start_mm`."""
        return self.w - start_mm - width_mm if self.right_to_left else start_mm

    def write_text(
        self,
        text: str,
        *,
        start_mm: float,
        top_mm: float,
        width_mm: float,
        size_pt: float,
        bold: bool = False,
        colour: Colour = BLACK,
        align: str = "start",
    ) -> float:
        """Write a paragraph; return mm from the top where it ends. align: start, center, end."""
        self.set_font(LATIN, "B" if bold else "", size_pt)
        self.set_text_color(*colour)
        self.set_xy(self.from_start(start_mm, width_mm), top_mm)
        sides = {"start": "R", "end": "L"} if self.right_to_left else {"start": "L", "end": "R"}
        height = self.multi_cell(
            width_mm,
            size_pt * PT_TO_MM * LINE_HEIGHT,
            text,
            align=sides.get(align, "C"),
            output=MethodReturnValue.HEIGHT,
        )
        return top_mm + float(height)

    def draw_qr(self, content: str, *, start_mm: float, top_mm: float, side_mm: float) -> None:
        """Draw a QR code as rectangles; its quiet zone is inside `side_mm`."""
        rows = [list(row) for row in segno.make(content, error=QR_ERROR, micro=False).matrix_iter(border=4)]
        module = side_mm / len(rows)
        left = self.from_start(start_mm, side_mm)
        self.set_fill_color(0)
        for y, row in enumerate(rows):
            x = 0
            while x < len(row):
                run = next((n for n in range(x, len(row)) if not row[n]), len(row)) - x
                if run:
                    self.rect(left + x * module, top_mm + y * module, run * module, module, style="F")
                x += run or 1
