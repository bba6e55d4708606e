"""The gallery: every part that pages are made of, in every state, so that a change of one is seen in all its forms."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.views import PrivatePage
from analytics.words import level_words
from children.growth import RiskLevel

ICONS = [
    "critical",
    "high",
    "moderate",
    "low",
    "none",
    "unknown",
    "up",
    "down",
    "same",
    "plus",
    "search",
    "film",
    "ruler",
    "calendar",
    "bell",
    "girl",
    "boy",
    "manual",
    "scan",
    "done",
    "key",
]
STEPS = (("done", _("Film stored")), ("now", _("Looking for the child")), ("next", _("Measuring")))


class ExampleForm(forms.Form):
    """Fields of every kind, filled in with a mistake."""

    weight_kg = forms.DecimalField(label=_("Weight"), min_value=0, help_text=_("Read it twice, without clothes."))
    measured_on = forms.DateField(label=_("Measured on"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    oedema = forms.ChoiceField(
        label=_("Bilateral pitting oedema"), choices=[("no", _("No")), ("yes", _("Yes"))], widget=forms.RadioSelect
    )


@dataclass(frozen=True)
class Level:
    """One level of concern with the word that stands beside its colour and icon."""

    name: str
    word: str | Promise


class GalleryPage(PrivatePage):
    """For whoever changes a part, and for whoever wants to see what the portal can look like."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show every part."""
        form = ExampleForm({"weight_kg": "-3", "measured_on": "2026-11-02", "note": "", "oedema": "no"})
        context = {
            "levels": [Level(name=level.value, word=level_words(level.value)) for level in RiskLevel],
            "icons": ICONS,
            "steps": [{"state": state, "label": label} for state, label in STEPS],
            "form": form,
            "empty_form": ExampleForm(prefix="empty"),
        }
        return render(request, "analytics/gallery.html", context)
