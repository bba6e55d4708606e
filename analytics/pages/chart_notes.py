"""What is said beside a growth chart or in its place: why there is none, what is uncertain, where lines end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.figures.growth_data import GrowthChart, age_half80_days
from analytics.figures.growth_names import ChartKey
from analytics.figures.growth_scores import ScoresChart
from children.growth import Index, has_curve
from children.growth.age import ACUTE_FROM_MONTHS, DAYS_PER_MONTH
from children.growth.completeness import age_outside_standard
from children.models import Child

_FIVE_YEARS = gettext_lazy("WHO's lines of this chart end at five years; later values are in the table.")
_NINETEEN_YEARS = gettext_lazy("WHO's lines end at nineteen years; later values are in the table.")
_WEIGHT_ENDS = gettext_lazy("WHO's weight for age ends at ten years: see height and BMI.")
_OVER_FIVE = gettext_lazy(
    "WHO has no lines of this chart from five years on: see height, BMI and, to ten years, weight."
)
_ENDS = {
    ChartKey.WEIGHT: _WEIGHT_ENDS,
    ChartKey.LENGTH: _NINETEEN_YEARS,
    ChartKey.BMI: _NINETEEN_YEARS,
    ChartKey.WEIGHT_FOR_LENGTH: _FIVE_YEARS,
    ChartKey.MUAC: _FIVE_YEARS,
    ChartKey.HEAD: _FIVE_YEARS,
}


def no_chart_words(ages_days: Sequence[int]) -> str:
    """Return why there is no chart at all, or nothing. ages_days: at the visits that are drawn."""
    if not ages_days:
        return _("No measurement yet: the chart begins with the first one.")
    if all(age_outside_standard(age_days) for age_days in ages_days):
        return _("Over nineteen years: no WHO standard or reference applies. Judge clinically.")
    return ""


def no_lines_words(key: ChartKey) -> str:
    """Return why one chart has no lines at any age of the child."""
    return str(_WEIGHT_ENDS if key is ChartKey.WEIGHT else _OVER_FIVE)


def chart_notes(child: Child, chart: GrowthChart, *, today: date) -> tuple[str, ...]:
    """Return the sentences beside the chart of one index."""
    notes = []
    if not chart.points:
        notes.append(_("No visit has the values of this chart yet; the lines are the WHO standard alone."))
    elif all(point.flagged for point in chart.points):
        notes.append(_("Every value of this chart is implausible (hollow) and counts in no class: measure again."))
    elif all(point.is_scan for point in chart.points):
        notes.append(_("Scans alone so far, screening estimates: measure by hand to be sure."))
    if not has_curve(Index(chart.key.value), child.age_days_on(today)):
        notes.append(str(_ENDS[chart.key]))
    if len({segment.standard for segment in chart.segments}) > 1:
        notes.append(_("The step at five years is where the WHO reference of 2007 follows the standard of 2006."))
    if chart.key is ChartKey.MUAC and chart.x_range[0] < ACUTE_FROM_MONTHS * DAYS_PER_MONTH:
        notes.append(_("The limits of 115 and 125 mm hold from six months on; WHO's lines begin at three months."))
    return (*notes, *_age_notes(child, by_age=chart.x_in_days), *_thinned_notes(chart))


def scores_notes(child: Child, chart: ScoresChart) -> tuple[str, ...]:
    """Return the sentences beside the view of all z-scores."""
    points = [point for one in chart.series for point in one.points]
    if not points:
        return (_("No visit has a z-score: length, weight or another value is missing."),)
    notes = []
    if all(point.flagged for point in points):
        notes.append(_("Every value of this chart is implausible (hollow) and counts in no class: measure again."))
    if len({point.standard for point in points}) > 1:
        notes.append(_("No line joins visits across five years: there WHO's reference of 2007 follows the standard."))
    if child.is_preterm:
        notes.append(_("Born early: to two years the z-scores are those at the corrected age."))
    return (*notes, *_age_notes(child, by_age=True), *_thinned_notes(chart))


def _thinned_notes(chart: GrowthChart | ScoresChart) -> tuple[str, ...]:
    """Return that some visits are not drawn, where there are more than a chart can show."""
    if not chart.is_thinned:
        return ()
    return (
        _(
            "%(visits)d visits have a value here: drawn are the lowest and the highest of each stretch of time, "
            "in the table are all."
        )
        % {"visits": chart.visits},
    )


def _age_notes(child: Child, *, by_age: bool) -> tuple[str, ...]:
    half = age_half80_days(child)
    if half is None:
        return ()
    if not by_age:
        return (_("The birth date is estimated; weight for length does not depend on it."),)
    weeks = max(1, round(half / 7))
    return (
        ngettext(
            "The birth date is estimated: the true age lies, with 80 %% chance, within %(n)d week of the one shown "
            "(grey band). Values by age are uncertain, weight for length and MUAC are not.",
            "The birth date is estimated: the true age lies, with 80 %% chance, within %(n)d weeks of the one shown "
            "(grey band). Values by age are uncertain, weight for length and MUAC are not.",
            weeks,
        )
        % {"n": weeks},
    )
