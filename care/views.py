"""Lists of what waits in my clinics: alerts by child, follow-ups, children who did not come, children in treatment."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import clinics_of
from accounts.views import PrivatePage
from care.forms import AlertFilterForm, ClinicFilterForm, FilterForm, FollowUpFilterForm, TreatmentFilterForm
from care.models import Alert, FollowUp
from care.selectors import alerts_grouped, child_alerts, defaulters, treated_children
from care.treatment import manual_rows, progress_of_episode, visits_of_episode

PAGE_SIZE = 25


class CareList(PrivatePage):
    """A list with its filter in the address."""

    template = ""
    form_class: type[FilterForm] = ClinicFilterForm

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of it."""
        form = self.form_class(request.GET, clinics=clinics_of(request.user))
        shown = self.form_class(form.chosen(), clinics=clinics_of(request.user))
        context = {"form": shown, "query": form.query(), **self.listed(request, form)}
        return render(request, self.template, context)

    def listed(self, request: HttpRequest, form: Any) -> dict[str, Any]:
        """Return `page` and what else the template needs."""
        raise NotImplementedError

    def page_of(self, request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
        """Return the page that the address asks for."""
        return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


class AlertListView(CareList):
    """Alerts of my clinics, one entry for each child, the worst first, then the longest open."""

    template = "care/alerts.html"
    form_class = AlertFilterForm

    def listed(self, request: HttpRequest, form: AlertFilterForm) -> dict[str, Any]:
        """Return the children of the page with their alerts."""
        alerts = form.apply(Alert.objects.visible_to(request.user))
        page = self.page_of(request, alerts_grouped(alerts))
        return {"page": page, "children": child_alerts(list(page), alerts)}


class FollowUpListView(CareList):
    """Follow-ups of my clinics, the oldest date first."""

    template = "care/follow_ups.html"
    form_class = FollowUpFilterForm

    def listed(self, request: HttpRequest, form: FollowUpFilterForm) -> dict[str, Any]:
        """Return the follow-ups of the page."""
        follow_ups = form.apply(FollowUp.objects.visible_to(request.user)).select_related("child__clinic")
        return {"page": self.page_of(request, follow_ups.order_by("due_on", "created_at", "id"))}


class DefaulterListView(CareList):
    """Children who did not come, with the log of looking for them."""

    template = "care/defaulters.html"

    def listed(self, request: HttpRequest, form: ClinicFilterForm) -> dict[str, Any]:
        """Return the children of the page."""
        return {"page": self.page_of(request, form.apply(defaulters(request.user))), "today": timezone.localdate()}


class TreatmentListView(CareList):
    """Children in treatment, the one who has been absent longest first."""

    template = "care/treatments.html"
    form_class = TreatmentFilterForm

    def listed(self, request: HttpRequest, form: TreatmentFilterForm) -> dict[str, Any]:
        """Return the treatments of the page with their progress."""
        episodes = form.apply(treated_children(request.user), field="child__clinic")
        if kind := form.chosen()["kind"]:
            episodes = episodes.filter(kind=kind)
        episodes = episodes.select_related("child__clinic__programme").prefetch_related(manual_rows())
        page = self.page_of(request, episodes.order_by("seen_on", "admitted_on", "id"))
        rows = [
            (episode, progress_of_episode(episode, visits_of_episode(episode, episode.child.manual_rows)))
            for episode in page
        ]
        return {"page": page, "rows": rows}
