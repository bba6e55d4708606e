"""The carer's card as a PDF: one A4 page, the card on its upper half (A5), to be cut or folded at the line."""

from __future__ import annotations

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from analytics.documents.card import CarerCard
from analytics.documents.page import A4_MM, GREY, Colour, Page

EDGE_MM, INNER_MM = 12.0, 8.0  # printers reach no nearer to the edge; inside the coloured frame
CARD_HEIGHT_MM = A4_MM[1] / 2 - EDGE_MM
FRAME_MM, ICON_MM, QR_MM = 1.4, 20.0, 42.0
# Ink and ground of each level: static/css/tokens.css, light.
COLOURS: dict[str, tuple[Colour, Colour]] = {
    "critical": ((138, 22, 17), (253, 236, 235)),
    "high": ((122, 66, 0), (255, 241, 220)),
    "moderate": ((98, 77, 0), (251, 244, 210)),
    "low": ((29, 74, 145), (232, 240, 252)),
    "none": ((18, 90, 48), (229, 245, 235)),
    "unknown": ((63, 74, 85), (234, 238, 242)),
}
_SIGNS = {"critical": "!", "high": "!", "moderate": "!", "low": "i", "unknown": "?"}


def card_pdf(card: CarerCard) -> bytes:
    """Return the card as the bytes of a PDF, in the active language."""
    page = Page(title=_("Card of %(code)s") % {"code": card.code}, language=get_language() or "en")
    page.add_page()
    ink, ground = COLOURS[card.level]
    width = A4_MM[0] - 2 * EDGE_MM
    start, inner = EDGE_MM + INNER_MM, width - 2 * INNER_MM
    page.set_draw_color(*ink)
    page.set_line_width(FRAME_MM)
    page.rect(EDGE_MM, EDGE_MM, width, CARD_HEIGHT_MM - EDGE_MM, round_corners=True, corner_radius=4)
    page.write_text(card.child_name, start_mm=start, top_mm=EDGE_MM + 5, width_mm=inner * 0.62, size_pt=17, bold=True)
    _write_code(page, card, start + inner * 0.62, inner * 0.38)
    top = EDGE_MM + 20
    page.set_fill_color(*ground)
    page.set_line_width(0.4)
    page.rect(page.from_start(start, inner), top, inner, 32, style="DF", round_corners=True, corner_radius=3)
    _draw_icon(page, card.level, start + 5, top + 6, ink)
    text_start, text_width = start + ICON_MM + 11, inner - ICON_MM - 16
    end = page.write_text(
        card.word, start_mm=text_start, top_mm=top + 3.5, width_mm=text_width, size_pt=18, bold=True, colour=ink
    )
    page.write_text(card.sentence, start_mm=text_start, top_mm=end + 0.5, width_mm=text_width, size_pt=15)
    _write_lower_part(page, card, start=start, top=top + 36, width=inner)
    _draw_cut_line(page)
    return bytes(page.output())


def _write_code(page: Page, card: CarerCard, start: float, width: float) -> None:
    page.write_text(card.clinic, start_mm=start, top_mm=EDGE_MM + 5, width_mm=width, size_pt=10, align="end")
    if card.measured_on is not None:
        seen = _("Measured on %(date)s") % {"date": date_format(card.measured_on, "DATE_FORMAT")}
        page.write_text(seen, start_mm=start, top_mm=EDGE_MM + 11, width_mm=width, size_pt=9, colour=GREY, align="end")


def _write_lower_part(page: Page, card: CarerCard, *, start: float, top: float, width: float) -> None:
    words = width - QR_MM - 6
    end = page.write_text(_("What to do"), start_mm=start, top_mm=top, width_mm=words, size_pt=10, colour=GREY)
    end = page.write_text(card.to_do, start_mm=start, top_mm=end, width_mm=words, size_pt=14)
    end = page.write_text(_("Come back"), start_mm=start, top_mm=end + 2.5, width_mm=words, size_pt=10, colour=GREY)
    when = date_format(card.next_on, "DATE_FORMAT") if card.next_on else _("Ask the clinic for a date.")
    end = page.write_text(when, start_mm=start, top_mm=end, width_mm=words, size_pt=22, bold=True)
    if card.clinic_phone:
        phone = _("Clinic: %(phone)s") % {"phone": card.clinic_phone}
        page.write_text(phone, start_mm=start, top_mm=end + 2, width_mm=words, size_pt=11)
    qr_start = start + width - QR_MM
    page.draw_qr(card.address, start_mm=qr_start, top_mm=top - 1, side_mm=QR_MM)
    page.write_text(
        card.code,
        start_mm=qr_start,
        top_mm=top + QR_MM - 2,
        width_mm=QR_MM,
        size_pt=15,
        bold=True,
        align="center",
    )
    note = _("This is a screening result, not a diagnosis. Bring this card to every visit.")
    page.write_text(note, start_mm=start, top_mm=CARD_HEIGHT_MM - 8, width_mm=words, size_pt=8, colour=GREY)


def _draw_icon(page: Page, level: str, start: float, top: float, ink: Colour) -> None:
    """Draw the level's sign, another shape for each: octagon, triangle, diamond, disc."""
    left, side = page.from_start(start, ICON_MM), ICON_MM
    cut = side * 0.29
    shapes = {
        "critical": [
            *((cut, 0), (side - cut, 0), (side, cut), (side, side - cut)),
            *((side - cut, side), (cut, side), (0, side - cut), (0, cut)),
        ],
        "high": [(side / 2, 0), (side, side * 0.92), (0, side * 0.92)],
        "moderate": [(side / 2, 0), (side, side / 2), (side / 2, side), (0, side / 2)],
    }
    page.set_fill_color(*ink)
    if level in shapes:
        page.polygon([(left + x, top + y) for x, y in shapes[level]], style="F")
    else:
        page.ellipse(left, top, side, side, style="F")
    if level == "none":
        page.set_draw_color(255, 255, 255)
        page.set_line_width(2.4)
        tick = ((0.25, 0.52), (0.43, 0.70), (0.76, 0.32))
        page.polyline([(left + x * side, top + y * side) for x, y in tick])
        return
    lower = 4.5 if level == "high" else 2.6
    place = {"start_mm": start, "top_mm": top + lower, "width_mm": side}
    page.write_text(_SIGNS[level], **place, size_pt=32, bold=True, colour=(255, 255, 255), align="center")


def _draw_cut_line(page: Page) -> None:
    page.set_draw_color(*GREY)
    page.set_line_width(0.2)
    page.set_dash_pattern(dash=2, gap=2)
    page.line(0, A4_MM[1] / 2, A4_MM[0], A4_MM[1] / 2)
    page.set_dash_pattern()
