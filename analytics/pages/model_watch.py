"""Whether a model's bias has moved, and how a candidate fares beside it. Shows; changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.views import PrivatePage
from analytics.figures.drift_svg import drift_svg
from analytics.pages.model_scope import SessionScopeForm
from analytics.pages.model_words import FEW, cm, interval, share_interval, share_words
from children.dates import printed_day
from ml_models.evaluation.drift import BASELINE, DECISION, MOST_OF_ONE, REFERENCE, DriftChart, watch_drift
from predictions.accuracy.paired_figures import split_rows
from predictions.accuracy.paired_rows import PairedRow, PairScope, paired_rows
from predictions.accuracy.shadow_pairs import ShadowFigures, Side, shadow_figures
from predictions.models import ModelVersion


@dataclass(frozen=True)
class Watched:
    """One model version with its pairs so far, in the order of time; `chart` is None while there are too few."""

    version: str
    pairs: int
    chart: DriftChart | None
    svg: SafeString
    words: str

    @property
    def missing(self) -> int:
        """How many pairs are missing until the watch begins."""
        return max(0, BASELINE + 1 - self.pairs)


@dataclass(frozen=True)
class Trial:
    """A candidate, and the figures of both sides: name, stored estimate, candidate."""

    version: ModelVersion
    figures: ShadowFigures
    rows: list[tuple[str, str, str]]
    difference: str
    apart: str
    is_of_few: bool


class ModelWatchPage(PrivatePage):
    """Totals for everybody with a programme or a clinic; no child is named."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the drift of each version and the trial of each candidate, for the clinics and months asked for."""
        form = SessionScopeForm(request.GET, user=request.user)
        context: dict[str, Any] = {"form": form, "few": FEW}
        if form.is_valid():
            context |= _answer(form)
        return render(request, "analytics/model_watch.html", context, status=200 if form.is_valid() else 422)


def _answer(form: SessionScopeForm) -> dict[str, object]:
    first_day, last_day = form.days
    scope = PairScope(
        clinics=form.chosen_clinics,
        first_day=first_day,
        last_day=last_day,
        phone_model=form.cleaned_data["phone_model"],
    )
    by_version = split_rows(paired_rows(scope).rows, lambda row: row.version)
    tried = ModelVersion.objects.filter(shadow_predictions__isnull=False).distinct().order_by("-created_at")
    return {
        "watched": [_watched(version, rows) for version, rows in sorted(by_version.items())],
        "trials": [_trial(version, shadow_figures(version, scope)) for version in tried],
        "in_shadow": ModelVersion.objects.filter(shadow_since__isnull=False, is_active=False).first(),
        "baseline": BASELINE,
        "reference": f"{REFERENCE:g}",
        "decision": f"{DECISION:g}",
        "most_of_one": f"{MOST_OF_ONE:g}",
    }


def _watched(version: str, rows: list[PairedRow]) -> Watched:
    chart = watch_drift(np.array([row.error_cm for row in rows], dtype=np.float64))
    if chart is None:
        return Watched(version, len(rows), None, SafeString(""), "")
    svg = drift_svg(chart, title=_("Sums of %(version)s, in SD") % {"version": version})
    return Watched(version, len(rows), chart, svg, _alarm_words(chart, rows))


def _alarm_words(chart: DriftChart, rows: list[PairedRow]) -> str:
    if chart.alarm_at is None:
        return ""
    since = printed_day(rows[BASELINE + chart.alarm_at].filmed_on)
    if chart.is_upward:
        return _("Estimates have become longer than they were; the sum has been beyond the limit since %(day)s.") % {
            "day": since
        }
    return _("Estimates have become shorter than they were; the sum has been beyond the limit since %(day)s.") % {
        "day": since
    }


def _trial(version: ModelVersion, found: ShadowFigures) -> Trial:
    sides = (found.active, found.candidate)
    return Trial(
        version=version,
        figures=found,
        rows=[
            (_("Mean absolute error"), *(_figure(side.mean_absolute) for side in sides)),
            (_("Bias"), *(_figure(side.bias, signed=True) for side in sides)),
            (_("SD of the differences"), *(_figure(side.sd) for side in sides)),
            (_("Within 1.4 cm"), *(_within(side) for side in sides)),
        ],
        difference=_figure(found.difference, signed=True),
        apart=_figure(found.apart, signed=True),
        is_of_few=found.pairs < FEW,
    )


def _figure(figure: Any, *, signed: bool = False) -> str:
    ends = interval(figure, signed=signed)
    return f"{cm(figure, signed=signed)} ({ends})" if ends else cm(figure, signed=signed)


def _within(side: Side) -> str:
    ends = share_interval(side.within)
    return f"{share_words(side.within)} ({ends})" if ends else share_words(side.within)
