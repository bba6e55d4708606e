"""Papers of one child for those who work in its clinic: the carer's card (page and PDF), growth charts (PDF)."""

from __future__ import annotations

from uuid import UUID

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe

from accounts.languages import offered_languages
from accounts.views import PrivatePage
from analytics.documents.card import CarerCard, carer_card
from analytics.documents.card_pdf import card_pdf
from analytics.documents.chart_pdf import ChartSheet, charts_pdf
from analytics.documents.page import QR_ERROR
from analytics.documents.selectors import standing_of
from analytics.figures.growth_data import growth_chart
from analytics.figures.growth_names import ChartKey
from analytics.selectors import child_for, visits_of
from children.family_language import language_of_family
from children.models import Child

QUIET_ZONE = 4  # modules of white around a QR code (ISO/IEC 18004)


class CardPage(PrivatePage):
    """The carer's card to look at and to print: the card in the family's language, the page around it in the user's."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Show it."""
        child = child_for(request.user, child_id)
        language = _language(request, child)
        with translation.override(language):
            card = {"card": _card(request, child), "qr": qr_svg(_address(request, child)), "card_language": language}
            article = render_to_string("analytics/_card.html", card)
        context = {
            "child": child,
            "article": article,
            "card_language": language,
            "languages": offered_languages(),
        }
        return render(request, "analytics/card.html", context)


class CardPdf(PrivatePage):
    """The carer's card as a PDF."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Answer with one A4 page."""
        child = child_for(request.user, child_id)
        with translation.override(_language(request, child)):
            content = card_pdf(_card(request, child))
        return _pdf(content, f"card-{child.code}.pdf")


class ChartsPdf(PrivatePage):
    """The child's growth charts as a PDF: `?index=` one of them, else all that have a point."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Answer with one A4 page for each chart. 404 for an unknown index and where no chart has lines."""
        child = child_for(request.user, child_id)
        today = timezone.localdate()
        asked = request.GET.get("index", "")
        if asked and asked not in list(ChartKey):
            raise Http404
        keys = [ChartKey(asked)] if asked else list(ChartKey)
        with translation.override(_language(request, child)):
            visits = visits_of(child)
            whole = request.GET.get("range") == "whole"
            drawn = [growth_chart(child=child, visits=visits, key=key, whole=whole, today=today) for key in keys]
            charts = [chart for chart in drawn if chart.segments and (chart.points or asked)]
            if not charts:
                raise Http404
            follow_up = standing_of(child, visits).follow_up
            sheet = ChartSheet(
                child=child,
                visits=visits,
                next_on=follow_up.due_on if follow_up is not None else None,
                printed_on=today,
                address=_address(request, child),
            )
            content = charts_pdf(sheet, charts)
        return _pdf(content, f"growth-{child.code}.pdf")


def qr_svg(content: str) -> SafeString:
    """Return a QR code as an svg element without style: dark on light in every theme."""
    code = segno.make(content, error=QR_ERROR, micro=False)
    drawn = code.svg_inline(border=QUIET_ZONE, omitsize=True, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - segno draws modules alone; the content is not in it as text


def _card(request: HttpRequest, child: Child) -> CarerCard:
    standing = standing_of(child, visits_of(child))
    return carer_card(
        child=child, answer=standing.answer, follow_up=standing.follow_up, address=_address(request, child)
    )


def _address(request: HttpRequest, child: Child) -> str:
    return request.build_absolute_uri(reverse("children:by_code", args=[child.code]))


def _language(request: HttpRequest, child: Child) -> str:
    return language_of_family(child, asked=request.GET.get("language", ""), otherwise=translation.get_language() or "")


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
