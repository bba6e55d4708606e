"""A growth chart on paper: one A4 page per index, drawn as lines, readable in greyscale.

Lines are told apart by their dashes and the number at their right end, points by their shape. Places come from the
same GrowthChart as the page's drawings; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.documents.page import A4_MM, BLACK, GREY, Page
from analytics.documents.plane import Plane, draw_axes, draw_points, draw_standard
from analytics.figures.growth_data import GrowthChart
from analytics.words import age_words, class_words
from children.growth import Standard
from children.models import Child, Measurement
from children.numbers import printed_number

EDGE_MM, QR_MM = 14.0, 26.0
CHART_TOP_MM, CHART_BOTTOM_MM = 47.0, 205.0
TABLE_ROWS, ROW_MM = 6, 6.2
# Columns of the table and their shares of its width.
_SHARES = (0.12, 0.16, 0.07, 0.07, 0.12, 0.07, 0.39)
_SOURCES = {
    Standard.WHO2006: "WHO Child Growth Standards (2006)",
    Standard.WHO2007: "WHO Reference (2007)",
}


@dataclass(frozen=True)
class ChartSheet:
    """What is printed around the charts of one child. visits: newest first; address: what the QR code holds."""

    child: Child
    visits: Sequence[Measurement]
    next_on: date | None
    printed_on: date
    address: str


def charts_pdf(sheet: ChartSheet, charts: Sequence[GrowthChart]) -> bytes:
    """Return one page for each of `charts` as the bytes of a PDF, in the active language."""
    page = Page(title=_("Growth charts of %(code)s") % {"code": sheet.child.code}, language=get_language() or "en")
    for chart in charts:
        page.add_page()
        _write_head(page, sheet, chart)
        plane = Plane(chart, left=EDGE_MM + 12, top=CHART_TOP_MM, right=A4_MM[0] - EDGE_MM - 9, bottom=CHART_BOTTOM_MM)
        draw_axes(page, chart, plane)
        draw_standard(page, chart, plane)
        draw_points(page, chart, plane)
        _write_key(page, chart)
        _write_table(page, sheet, chart)
        _write_foot(page, sheet, chart)
    return bytes(page.output())


def _write_head(page: Page, sheet: ChartSheet, chart: GrowthChart) -> None:
    child, width = sheet.child, A4_MM[0] - 2 * EDGE_MM
    words = width - QR_MM - 4
    end = page.write_text(chart.title, start_mm=EDGE_MM, top_mm=11, width_mm=words, size_pt=18, bold=True)
    sex_and_code = f"{child.get_sex_display()} · {child.code}"
    end = page.write_text(sex_and_code, start_mm=EDGE_MM, top_mm=end, width_mm=words, size_pt=12, bold=True)
    born = _("estimated birth date %(date)s") if child.birth_date_estimated else _("born %(date)s")
    facts = [born % {"date": _day(child.born_on)}, child.clinic.name]
    if child.is_preterm:
        facts.insert(1, _("born early, %(weeks)d weeks") % {"weeks": child.gestation_weeks})
    page.write_text(" · ".join(facts), start_mm=EDGE_MM, top_mm=end, width_mm=words, size_pt=10)
    start = A4_MM[0] - EDGE_MM - QR_MM
    page.draw_qr(sheet.address, start_mm=start, top_mm=9, side_mm=QR_MM)


def _write_key(page: Page, chart: GrowthChart) -> None:
    texts = [_("Lines: z-scores of the standard (0 is the median)."), _("Triangle: measured by hand.")]
    if any(point.is_scan for point in chart.points):
        texts.append(_("Circle: scan, a screening estimate, with its 80 % interval."))
    if any(point.flagged for point in chart.points):
        texts.append(_("Hollow: implausible, measure again."))
    if any(point.corrected_x is not None for point in chart.points):
        texts.append(_("Cross: by corrected age."))
    width = A4_MM[0] - 2 * EDGE_MM
    top = CHART_BOTTOM_MM + 11
    page.write_text(" ".join(texts), start_mm=EDGE_MM, top_mm=top, width_mm=width, size_pt=8, colour=GREY)


def _write_table(page: Page, sheet: ChartSheet, chart: GrowthChart) -> None:
    heads = (_("Date"), _("Age"), "kg", "cm", _("MUAC, mm"), "z", _("Result"))
    top = CHART_BOTTOM_MM + 20
    _write_row(page, heads, top, bold=True)
    shown = [visit for visit in sheet.visits if visit.state == Measurement.State.ACTIVE][:TABLE_ROWS]
    for number, visit in enumerate(shown, start=1):
        _write_row(page, _cells(visit, chart), top + number * ROW_MM, bold=False)
    page.set_draw_color(*GREY)
    page.set_line_width(0.15)
    for number in range(1, len(shown) + 2):
        y = top + number * ROW_MM - 0.8
        page.line(EDGE_MM, y, A4_MM[0] - EDGE_MM, y)
    if not shown:
        page.write_text(_("No visit yet."), start_mm=EDGE_MM, top_mm=top + ROW_MM, width_mm=100, size_pt=9, colour=GREY)


def _cells(visit: Measurement, chart: GrowthChart) -> tuple[str, ...]:
    assessment = visit.assessment
    z = getattr(assessment, chart.key.value) if assessment is not None else None
    result = class_words(assessment) if assessment is not None else ""
    if visit.is_scan:
        result = _("scan: %(result)s") % {"result": result}
    return (
        _day(visit.measured_on),
        age_words(assessment.age_days) if assessment is not None else "",
        _number(visit.weight_kg, 2),
        _number(visit.length_height_cm, 1),
        _number(visit.muac_mm, 0),
        "" if z is None else printed_number(z, "+.2f"),
        result,
    )


def _write_row(page: Page, cells: Sequence[str], top: float, *, bold: bool) -> None:
    width, start = A4_MM[0] - 2 * EDGE_MM, EDGE_MM
    for text, share in zip(cells, _SHARES, strict=True):
        fitted = _fitted(page, text, width * share - 1.5)
        page.write_text(fitted, start_mm=start, top_mm=top, width_mm=width * share, size_pt=8.5, bold=bold)
        start += width * share


def _fitted(page: Page, text: str, width_mm: float) -> str:
    """Return `text`, cut with an ellipsis where it would break into a second line."""
    page.set_font_size(8.5)
    if page.get_string_width(text) <= width_mm:
        return text
    while text and page.get_string_width(text + "…") > width_mm:
        text = text[:-1]
    return text + "…"


def _write_foot(page: Page, sheet: ChartSheet, chart: GrowthChart) -> None:
    width = A4_MM[0] - 2 * EDGE_MM
    when = _day(sheet.next_on) if sheet.next_on is not None else _("none planned")
    page.write_text(
        _("Next appointment: %(date)s") % {"date": when},
        start_mm=EDGE_MM,
        top_mm=A4_MM[1] - 25,
        width_mm=width,
        size_pt=11,
        bold=True,
        colour=BLACK,
    )
    standards = " + ".join(_SOURCES[s] for s in dict.fromkeys(segment.standard for segment in chart.segments))
    notes = [
        standards,
        _("Printed on %(date)s.") % {"date": _day(sheet.printed_on)},
        _("Screening results, not diagnoses."),
    ]
    page.write_text(
        " · ".join(note for note in notes if note),
        start_mm=EDGE_MM,
        top_mm=A4_MM[1] - 17,
        width_mm=width,
        size_pt=8,
        colour=GREY,
    )


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")


def _number(value: object, decimals: int) -> str:
    return "" if value is None else number_format(value, decimal_pos=decimals)
