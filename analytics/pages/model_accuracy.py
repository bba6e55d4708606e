"""How far scans lie from measurements by hand: pairs within 24 hours, overall and by what may make a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.views import PrivatePage
from analytics.exports.totals import csv_of_totals
from analytics.figures.bland_altman import Level, PairPoint, bland_altman_svg
from analytics.pages.model_scope import PairScopeForm, age_band_choices
from analytics.pages.model_words import FEW, FigureRow, cm_row, plain_row, share_row
from children.models import Child, Measurement
from children.numbers import printed_number
from ml_models.evaluation.agreement import Figure
from ml_models.evaluation.drift import watch_drift
from predictions.accuracy.paired_figures import WITHIN_CM, Finding, PairedFigures, paired_figures, split_rows
from predictions.accuracy.paired_rows import PairedRow, PairedRows, paired_rows

DIMENSIONS: tuple[tuple[str, Promise, Callable[[PairedRow], str]], ...] = (
    ("version", gettext_lazy("By model"), lambda row: row.version),
    ("clinic", gettext_lazy("By clinic"), lambda row: row.clinic),
    ("phone_model", gettext_lazy("By phone"), lambda row: row.phone_model),
    ("age_band", gettext_lazy("By age"), lambda row: row.age_band),
    ("sex", gettext_lazy("By sex"), lambda row: row.sex),
    ("position", gettext_lazy("By posture"), lambda row: row.position),
)
CSV_HEADER = (
    "dimension",
    "group",
    "pairs",
    "children",
    *(f"{name}{part}" for name in ("bias_cm", "sd_cm", "tem_cm") for part in ("", "_low", "_high")),
    "limit_lower_cm",
    "limit_upper_cm",
    *(f"within_{limit:g}_cm" for limit in WITHIN_CM),
    "correlation",
    "haz_correlation",
    *(
        f"{name}_{what}"
        for name in ("stunting", "severe_stunting")
        for what in ("sensitivity", "sensitivity_n", "specificity", "specificity_n", "ppv", "ppv_n")
    ),
)


@dataclass(frozen=True)
class Group:
    """The figures of one group: `key` for programs, `label` for people."""

    key: str
    label: str
    figures: PairedFigures

    @property
    def cells(self) -> list[FigureRow]:
        """What a table of groups shows of it."""
        found = self.figures
        return [
            cm_row(_("Bias"), found.bias, found.pairs, signed=True),
            cm_row(_("SD"), found.sd, found.pairs),
            *(share_row(_within_words(limit), found.within[limit]) for limit in WITHIN_CM),
            plain_row(_("r of HAZ"), found.haz_correlation, found.pairs),
            share_row(_("Stunting: sensitivity"), found.stunting.sensitivity),
            share_row(_("Stunting: PPV"), found.stunting.ppv),
        ]

    @property
    def is_of_few(self) -> bool:
        """Say whether there are too few pairs to say much."""
        return self.figures.pairs < FEW


class ModelAccuracyPage(PrivatePage):
    """Totals for everybody with a programme or a clinic; no child is named."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the figures that the address asks for."""
        form = PairScopeForm(request.GET, user=request.user)
        context: dict[str, Any] = {"form": form, "query": request.GET.urlencode(), "few": FEW}
        if form.is_valid():
            context |= _answer(paired_rows(form.pair_scope()))
        return render(request, "analytics/model_accuracy.html", context, status=200 if form.is_valid() else 422)


class ModelAccuracyFile(PrivatePage):
    """The same figures as CSV: one line for everything, one for each group."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Send the file; what the page refuses is refused here."""
        form = PairScopeForm(request.GET, user=request.user)
        if not form.is_valid():
            return render(request, "analytics/model_accuracy.html", {"form": form}, status=422)
        rows = _csv_rows(paired_rows(form.pair_scope()).rows)
        return csv_of_totals(
            user=request.user, table="model_accuracy", header=CSV_HEADER, rows=rows, clinic=form.cleaned_data["clinic"]
        )


def _answer(found: PairedRows) -> dict[str, object]:
    figures = paired_figures(found.rows)
    sections = [(key, str(title), groups_of(found.rows, key)) for key, title, _read in DIMENSIONS]
    return {
        "figures": figures,
        "overview": _overview(figures),
        "findings": [
            (_("Stunting (HAZ below -2)"), _finding(figures.stunting)),
            (_("Severe stunting (HAZ below -3)"), _finding(figures.severe_stunting)),
        ],
        "sections": [section for section in sections if len(section[2]) > 1],
        "svg": _plot(found.rows, figures),
        "drifting": [version for version, rows in split_rows(found.rows, _version).items() if _drifts(rows)],
        "left_out": [(left_out_words(reason), n) for reason, n in found.left_out.most_common()],
    }


def _version(row: PairedRow) -> str:
    return row.version


def _drifts(rows: Sequence[PairedRow]) -> bool:
    """Say whether the bias of one version's pairs, oldest first, has moved by the latest of them."""
    chart = watch_drift(np.array([row.error_cm for row in rows], dtype=np.float64))
    return chart is not None and chart.is_on


def groups_of(rows: Sequence[PairedRow], dimension: str) -> list[Group]:
    """Return the figures of each group of a dimension, in the groups' own order."""
    read = next(read for key, _title, read in DIMENSIONS if key == dimension)
    groups = [
        Group(key, _group_words(dimension, key), paired_figures(part)) for key, part in split_rows(rows, read).items()
    ]
    if dimension == "age_band":
        order = [key for key, _label in age_band_choices()]
        return sorted(groups, key=lambda group: order.index(group.key))
    return sorted(groups, key=lambda group: group.key)


def left_out_words(reason: str) -> str:
    """Return why a scan is in no pair."""
    return {
        "not_measured": _("No length or height by hand within 24 hours"),
        "other_position": _("Measured by hand in the other posture"),
        "flagged": _("The value by hand is implausible by WHO's limits"),
        "scan_void": _("The scan's value was corrected or declared void"),
        "child_changed": _("Birth date or sex was put right after the scan"),
    }.get(reason, reason)


def _overview(found: PairedFigures) -> list[FigureRow]:
    n = found.pairs
    lower, upper = (None, None) if found.limits is None else (found.limits.lower, found.limits.upper)
    return [
        cm_row(
            _("Bias"), found.bias, n, signed=True, help=_("Mean of scan minus manual: above zero, scans are too long.")
        ),
        cm_row(_("Lower limit of agreement"), lower, n, signed=True, help=_("Bias minus 1.96 SD.")),
        cm_row(
            _("Upper limit of agreement"),
            upper,
            n,
            signed=True,
            help=_("Bias plus 1.96 SD: 19 of 20 differences lie between the limits."),
        ),
        cm_row(
            _("SD of the differences"), found.sd, n, help=_("Aim: at most 1.4 cm to screen, 0.6 cm to replace a board.")
        ),
        cm_row(
            _("Technical error (TEM)"),
            found.technical_error,
            n,
            help=_("Scan against manual; a careful pair has 0.4 cm."),
        ),
        *(share_row(_within_words(limit), found.within[limit]) for limit in WITHIN_CM),
        plain_row(
            _("Correlation of lengths"),
            found.correlation,
            n,
            help=_("Mostly age: tall children are old. It hides a bias altogether."),
        ),
        plain_row(
            _("Correlation of HAZ"), found.haz_correlation, n, help=_("Without the part that age alone explains.")
        ),
    ]


def _finding(found: Finding) -> list[FigureRow]:
    return [
        share_row(_("Sensitivity"), found.sensitivity, help=_("Of those by hand, found by scan.")),
        share_row(_("Specificity"), found.specificity, help=_("Of the others, left alone by scan.")),
        share_row(_("PPV"), found.ppv, help=_("Of those called by scan, right by hand.")),
    ]


def _plot(rows: Sequence[PairedRow], found: PairedFigures) -> str:
    levels = []
    if found.bias is not None:
        levels.append(_level(found.bias, is_bias=True))
    if found.limits is not None:
        levels += [_level(found.limits.lower), _level(found.limits.upper)]
    points = [PairPoint(by_hand=row.by_hand_cm, estimate=row.estimate_cm) for row in rows]
    return bland_altman_svg(points, levels, title=_("Difference of scan and manual over their mean, cm"))


def _level(figure: Figure, *, is_bias: bool = False) -> Level:
    return Level(value=figure.value, low=figure.low, high=figure.high, is_bias=is_bias)


def _within_words(limit: float) -> str:
    return _("Within %(limit)s cm") % {"limit": printed_number(limit, "g")}


def _group_words(dimension: str, key: str) -> str:
    if dimension == "phone_model" and not key:
        return _("not told")
    if dimension == "age_band":
        return dict(age_band_choices())[key]
    if dimension == "sex":
        return str(Child.Sex(key).label)
    return str(Measurement.Position(key).label) if dimension == "position" else key


def _csv_rows(rows: Sequence[PairedRow]) -> Iterator[list[object]]:
    yield ["all", "", *_csv_cells(paired_figures(rows))]
    for dimension, _title, _read in DIMENSIONS:
        for group in groups_of(rows, dimension):
            yield [dimension, group.key, *_csv_cells(group.figures)]


def _csv_cells(found: PairedFigures) -> list[object]:
    cells: list[object] = [found.pairs, found.children]
    for figure in (found.bias, found.sd, found.technical_error):
        cells += [None] * 3 if figure is None else [_csv_number(v) for v in (figure.value, figure.low, figure.high)]
    limits = found.limits
    cells += [None] * 2 if limits is None else [_csv_number(limits.lower.value), _csv_number(limits.upper.value)]
    cells += [_csv_number(found.within[limit].value) for limit in WITHIN_CM]
    cells += [None if r is None else _csv_number(r.value) for r in (found.correlation, found.haz_correlation)]
    for finding in (found.stunting, found.severe_stunting):
        for share in (finding.sensitivity, finding.specificity, finding.ppv):
            cells += [_csv_number(share.value), share.n]
    return cells


def _csv_number(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
