"""What every programme page does: filters from the address, fresh cells, files of its tables, time of the count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import programmes_of
from accounts.views import PrivatePage
from analytics.aggregates.models import TouchedMonth
from analytics.aggregates.refresh import refresh_if_little
from analytics.pages.programme.files import FileTable, file_answer
from analytics.pages.programme.scope import ScopeForm

FEW = 30  # children below which a share says little
TABS = (
    ("programme", _("Prevalence")),
    ("programme_criteria", _("Criteria")),
    ("programme_cases", _("Cases and care")),
    ("programme_quality", _("Quality of measuring")),
)


@dataclass(frozen=True)
class Answer:
    """What a page shows for a valid form, and its tables as files."""

    context: Mapping[str, Any]
    tables: Sequence[FileTable] = field(default_factory=list)


class ProgrammePage(PrivatePage):
    """Totals for everybody with a programme or a clinic; no child is named. `format` in the address asks for a file."""

    name = ""
    url_name = ""
    form_class: type[ScopeForm] = ScopeForm

    def answer(self, request: HttpRequest, form: ScopeForm) -> Answer:
        """Return what to show."""
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show the page, or one of its tables as a file."""
        refresh_if_little()
        form = self.form_class(request.GET, user=request.user)
        answer = self.answer(request, form) if form.is_valid() else Answer({})
        if "format" in request.GET and form.is_valid():
            return file_answer(
                user=request.user,
                tables=answer.tables,
                key=request.GET.get("table", ""),
                file_format=request.GET["format"],
                page=self.name,
                scope=form.scope(),
            )
        context = {
            "form": form,
            "programmes": list(programmes_of(request.user)),
            "tabs": [(url_name, word, url_name == self.url_name) for url_name, word in TABS],
            "counted_at": timezone.now(),
            "is_behind": TouchedMonth.objects.exists(),
            "shown": form.is_valid(),
            "few": FEW,
            **answer.context,
        }
        template = f"analytics/programme/{self.name}.html"
        return render(request, template, context, status=200 if form.is_valid() else 422)
