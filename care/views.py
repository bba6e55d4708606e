"""Lists of alerts and follow-ups of my clinics, and what people do with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.views import ActionView, PrivatePage
from care.forms import OPEN, AlertFilterForm, FollowUpFilterForm
from care.models import Alert, FollowUp
from care.services import acknowledge_alert, complete_follow_up, refer_alert, resolve_alert

PAGE_SIZE = 25
WORST_FIRST = Case(
    *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(Alert.Severity.values)),
    output_field=IntegerField(),
)


class AlertListView(PrivatePage):
    """Alerts of my clinics, worst first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them."""
        form = AlertFilterForm(request.GET)
        alerts = chosen_alerts(Alert.objects.visible_to(request.user), **form.chosen())
        alerts = alerts.select_related("child__clinic").order_by(WORST_FIRST, "opened_at", "id")
        page = Paginator(alerts, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"form": AlertFilterForm(form.chosen()), "page": page, "query": page_query(form)}
        return render(request, "care/alerts.html", context)


class FollowUpListView(PrivatePage):
    """Follow-ups of my clinics, the oldest date first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them."""
        form = FollowUpFilterForm(request.GET)
        follow_ups = chosen_follow_ups(FollowUp.objects.visible_to(request.user), **form.chosen())
        follow_ups = follow_ups.select_related("child__clinic").order_by("due_on", "created_at", "id")
        page = Paginator(follow_ups, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"form": FollowUpFilterForm(form.chosen()), "page": page, "query": page_query(form)}
        return render(request, "care/follow_ups.html", context)


class AlertAction(ActionView):
    """Something that a person does with an alert of an own clinic."""

    def alert(self) -> Alert:
        """Return it; 404 outside one's clinics."""
        return get_object_or_404(Alert.objects.visible_to(self.request.user), pk=self.kwargs["alert_id"])

    def text(self, name: str) -> str:
        """Return what was typed into `name`, at most what its column holds."""
        limit = Alert._meta.get_field("referred_to" if name == "referred_to" else "resolution_reason").max_length
        return self.request.POST.get(name, "").replace("\x00", "")[:limit]

    def url_after(self) -> str:
        """Back to the list."""
        return reverse("care:alerts")


class AcknowledgeView(AlertAction):
    """I have seen it and act."""

    def act(self, **kwargs: Any) -> str:
        """Acknowledge it."""
        acknowledge_alert(alert=self.alert(), acknowledged_by=self.request.user)
        return _("The alert is acknowledged.")


class ReferView(AlertAction):
    """The child is referred."""

    def act(self, **kwargs: Any) -> str:
        """Note where to."""
        refer_alert(alert=self.alert(), referred_by=self.request.user, referred_to=self.text("referred_to"))
        return _("The referral is noted.")


class ResolveView(AlertAction):
    """A person closes it, with the reason."""

    def act(self, **kwargs: Any) -> str:
        """Resolve it."""
        resolve_alert(alert=self.alert(), resolved_by=self.request.user, reason=self.text("reason"))
        return _("The alert is resolved.")


class CompleteFollowUpView(ActionView):
    """A follow-up is done, with its outcome."""

    def act(self, *, follow_up_id: UUID) -> str:
        """Complete it."""
        follow_up = get_object_or_404(FollowUp.objects.visible_to(self.request.user), pk=follow_up_id)
        limit = FollowUp._meta.get_field("outcome").max_length
        outcome = self.request.POST.get("outcome", "").replace("\x00", "")[:limit]
        complete_follow_up(follow_up=follow_up, completed_by=self.request.user, outcome=outcome)
        return _("The follow-up is done.")

    def url_after(self) -> str:
        """Back to the list."""
        return reverse("care:follow_ups")


def chosen_alerts(alerts: QuerySet[Alert], *, state: str, severity: str) -> QuerySet[Alert]:
    """Return those of `alerts` that the filter asks for."""
    if state == OPEN:
        alerts = alerts.exclude(state=Alert.State.RESOLVED)
    elif state != "all":
        alerts = alerts.filter(state=state)
    return alerts.filter(severity=severity) if severity else alerts


def chosen_follow_ups(follow_ups: QuerySet[FollowUp], *, state: str, when: str) -> QuerySet[FollowUp]:
    """Return those of `follow_ups` that the filter asks for."""
    today = timezone.localdate()
    if state != "all":
        follow_ups = follow_ups.filter(state=state)
    if when == "due":
        return follow_ups.filter(due_on__lte=today)
    return follow_ups.filter(due_on__lt=today) if when == "overdue" else follow_ups


def page_query(form: AlertFilterForm | FollowUpFilterForm) -> str:
    """Return the filter as the beginning of a query string, for the links to other pages."""
    return "".join(f"{name}={value}&" for name, value in form.chosen().items())
