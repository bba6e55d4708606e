"""Which criteria find which children: weight-for-height, MUAC, oedema and weight-for-age side by side."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.aggregates.case_models import CriteriaCell, Found
from analytics.aggregates.cases import Criteria, criteria_met
from analytics.figures.share_svg import SharePoint, rows_svg
from analytics.pages.programme.files import SHARE_COLUMNS, FileTable, share_cells
from analytics.pages.programme.page import Answer, ProgrammePage
from analytics.pages.programme.scope import CriteriaForm, ScopeForm
from analytics.pages.programme.share_rows import ShareRow

# Exactly these, of WHZ, MUAC and oedema. A child with oedema has no weight-for-height: there is no region of the two.
REGIONS: tuple[tuple[Found, str, Promise], ...] = (
    (Found.WHZ, "whz_only", gettext_lazy("WHZ only")),
    (Found.MUAC, "muac_only", gettext_lazy("MUAC only")),
    (Found.WHZ | Found.MUAC, "whz_and_muac", gettext_lazy("WHZ and MUAC")),
    (Found.OEDEMA, "oedema_only", gettext_lazy("Oedema only")),
    (Found.OEDEMA | Found.MUAC, "oedema_and_muac", gettext_lazy("Oedema, MUAC")),
)
CRITERIA: tuple[tuple[Found, str, Promise], ...] = (
    (Found.WHZ, "whz", gettext_lazy("Weight-for-length/height")),
    (Found.MUAC, "muac", gettext_lazy("MUAC")),
    (Found.OEDEMA, "oedema", gettext_lazy("Oedema")),
    (Found.WAZ, "waz", gettext_lazy("Weight-for-age")),
)
CUTOFFS = {
    CriteriaCell.Level.GLOBAL: gettext_lazy("WHZ below -2, MUAC below 125 mm, oedema; WAZ below -2 beside them."),
    CriteriaCell.Level.SEVERE: gettext_lazy("WHZ below -3, MUAC below 115 mm, oedema; WAZ below -3 beside them."),
}


@dataclass(frozen=True)
class Finder:
    """One criterion: how many it finds, and whom of them the others find, too (None for itself)."""

    word: str
    found: int
    also: list[ShareRow | None]


class CriteriaPage(ProgrammePage):
    """A programme that uses one criterion misses the children of the others."""

    name = "criteria"
    url_name = "programme_criteria"
    form_class = CriteriaForm

    def answer(self, request: HttpRequest, form: ScopeForm) -> Answer:
        """Return who is found by what."""
        level = CriteriaCell.Level(form.cleaned_data["level"])
        criteria = criteria_met(request.user, form.scope(), level=level)
        regions = [ShareRow(str(word), criteria.region(region)) for region, _key, word in REGIONS]
        points = [SharePoint(row.label, row.share) for row in regions]
        context = {
            "level": level,
            "cutoffs": CUTOFFS[level],
            "criteria": criteria,
            "regions": regions,
            "regions_svg": rows_svg(points, title=_("Children found, by the criteria that find them")),
            "finders": [_finder(criteria, met, str(word)) for met, _key, word in CRITERIA],
            "criterion_words": [word for _met, _key, word in CRITERIA],
            "both": ShareRow("", criteria.by_both),
            "wast": ShareRow("", criteria.wasted_and_stunted),
        }
        return Answer(context, _tables(criteria, level))


def _finder(criteria: Criteria, met: Found, word: str) -> Finder:
    also = [
        None if other == met else ShareRow(str(other_word), criteria.also_found(met, other))
        for other, _key, other_word in CRITERIA
    ]
    return Finder(word=word, found=criteria.meeting(met), also=also)


def _tables(criteria: Criteria, level: str) -> list[FileTable]:
    regions = [[level, key, *share_cells(criteria.region(region))] for region, key, _word in REGIONS]
    pairs = [
        [level, key, other_key, *share_cells(criteria.also_found(met, other))]
        for met, key, _word in CRITERIA
        for other, other_key, _other_word in CRITERIA
        if other != met
    ]
    return [
        FileTable("regions", ("level", "found_by_exactly", *SHARE_COLUMNS), regions),
        FileTable("pairs", ("level", "found_by", "also_found_by", *SHARE_COLUMNS), pairs),
    ]
