"""The page of a model version, and the list of all: what it was taught, what it can and must not do, who let it serve.

For everyone who has signed in: no child is in it. Figures of rendered children are called that beside every table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.views import PrivatePage
from analytics.pages.model_figures import figure_sections
from children.numbers import printed_number, printed_percent
from predictions.erasure import rows_that_must_go
from predictions.models import ModelVersion, TrainingSet

SHOWN_OF_COMPARISON = (
    ("mae_cm", gettext_lazy("Mean absolute error, cm"), ".2f"),
    ("bias_cm", gettext_lazy("Bias, cm"), "+.2f"),
    ("within_1_4_cm", gettext_lazy("Within 1.4 cm"), "%"),
    ("coverage_90", gettext_lazy("In the 90 % interval"), "%"),
)


@dataclass(frozen=True)
class TaughtWith:
    """A training set of children measured by hand in a model's lineage; `gone`: its scans that must no longer be used,
    None for a set that was not drawn here."""

    name: str
    sha256: str
    children: int | None
    gone: int | None


class ModelVersionList(PrivatePage):
    """Every model version that the portal knows."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them, the active one first."""
        versions = ModelVersion.objects.select_related("promoted_by").order_by("-is_active", "-created_at")
        return render(request, "analytics/model_versions.html", {"versions": versions})


class ModelVersionPage(PrivatePage):
    """One model version."""

    def get(self, request: HttpRequest, version_id: UUID) -> HttpResponse:
        """Show its card, figures, comparison and lineage."""
        version = get_object_or_404(ModelVersion.objects.select_related("promoted_by"), pk=version_id)
        return render(request, "analytics/model_version.html", model_context(version))


def model_context(version: ModelVersion) -> dict[str, Any]:
    """Return what the page shows."""
    return {
        "version": version,
        "kind": kind_words(version.kind),
        "cards": _cards(version.card),
        "sections": figure_sections(version.metrics),
        "comparison": _comparison(version.comparison),
        "taught_with": _taught_with(version.lineage.get("training_sets", ())),
        "description": version.lineage.get("description", ""),
        "facts": _facts(version.lineage),
        "check_sums": version.lineage.get("data_sha256", {}),
    }


def kind_words(kind: str) -> str:
    """Return what kind of model it is."""
    known = {
        "proportions": _("Proportions of the body with the scale of the film, ensemble of networks"),
        "reference": _("Reference network, to compare with"),
    }
    return known.get(kind) or kind.replace("_", " ")


def _cards(card: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    titles = {
        "must_not": _("Must not be used for"),
        "trained_on": _("What it was trained on"),
        "failure_modes": _("How it fails"),
    }
    return [(title, _sentences(card.get(key))) for key, title in titles.items() if _sentences(card.get(key))]


def _sentences(told: Any) -> list[str]:
    if isinstance(told, str):
        return [told]
    return [str(sentence) for sentence in told] if isinstance(told, list | tuple) else []


def _comparison(comparison: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the comparison at promotion as a table; None for a model that nobody compared."""
    if not comparison:
        return None
    rows = []
    for row in comparison.get("rows", ()):
        count = row.get("children", row.get("count"))
        for name, label, form in SHOWN_OF_COMPARISON:
            if row.get(f"candidate_{name}") is not None and row.get(f"active_{name}") is not None:
                before, after = (_printed(row[f"{side}_{name}"], form) for side in ("active", "candidate"))
                rows.append((str(row.get("group", "")), str(count or ""), str(label), before, after))
        low, high = row.get("mae_difference_interval_cm", (None, None))
        if low is not None:
            change, low, high = (_printed(value, "+.2f") for value in (row["mae_difference_cm"], low, high))
            rows.append(
                (
                    str(row["group"]),
                    str(count),
                    _("Difference of the errors, cm (95 % interval)"),
                    "",
                    f"{change} ({low} – {high})",
                )
            )
    return {
        "sentence": comparison.get("sentence", ""),
        "instead_of": comparison.get("instead_of", ""),
        "rendered": comparison.get("source") == "rendered_children",
        "objections": comparison.get("objections", ()),
        "rows": rows,
    }


def _printed(value: float, form: str) -> str:
    return printed_percent(value) if form == "%" else printed_number(value, form)


def _taught_with(told: Sequence[Mapping[str, Any]]) -> list[TaughtWith]:
    hashes = [one.get("manifest_sha256", "") for one in told]
    drawn = {one.manifest_sha256: one for one in TrainingSet.objects.filter(manifest_sha256__in=hashes)}
    return [
        TaughtWith(
            name=one.get("name", ""),
            sha256=sha256,
            children=one.get("children"),
            gone=len(rows_that_must_go(drawn[sha256])) if sha256 in drawn else None,
        )
        for one, sha256 in zip(told, hashes, strict=True)
    ]


def _facts(lineage: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what else the lineage tells in one word or number."""
    base, config = lineage.get("base") or {}, lineage.get("config") or {}
    facts = [
        (_("Begun from"), base.get("label")),
        (_("How it was adapted"), str(lineage.get("adapted", "")).replace("_", " ")),
        (_("Seed"), lineage.get("seed", config.get("seed"))),
    ]
    return [(label, str(value)) for label, value in facts if value not in (None, "")]
