"""Today: what waits in my clinics; for people without a clinic, totals of their programme."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import clinics_of, programmes_of
from accounts.views import PrivatePage
from analytics.selectors import (
    children_by_worst_alert,
    counted_by_risk_level,
    due_follow_ups_of,
    open_alerts_under_codes,
    running_sessions_of,
    works_with_children,
)
from analytics.words import level_words
from care.selectors import open_alerts_by_child
from children.growth import RiskLevel

SHOWN = 10  # of each list; the whole list is one click away


class HomePage(PrivatePage):
    """The first page after the sign-in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show today's work, or totals."""
        if works_with_children(request.user):
            return self._today(request)
        return self._totals(request)

    def _today(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        alerts, child_count = open_alerts_by_child(request.user, limit=SHOWN)
        follow_ups = due_follow_ups_of(request.user, today=today)
        sessions = running_sessions_of(request.user)
        context = {
            "today": today,
            "clinics": list(clinics_of(request.user)),
            "alerts": alerts,
            "child_count": child_count,
            "by_severity": children_by_worst_alert(request.user) if child_count else [],
            "follow_ups": list(follow_ups[:SHOWN]),
            **follow_ups.aggregate(follow_up_count=Count("pk"), overdue_count=Count("pk", filter=Q(due_on__lt=today))),
            "sessions": list(sessions[:SHOWN]),
            "session_count": sessions.count(),
        }
        return render(request, "analytics/today.html", context)

    def _totals(self, request: HttpRequest) -> HttpResponse:
        counted = counted_by_risk_level(request.user)
        alerts = open_alerts_under_codes(request.user)
        context = {
            "programmes": list(programmes_of(request.user)),
            "counts": [(level.value, level_words(level.value), counted.get(level.value, 0)) for level in RiskLevel],
            "total": sum(counted.values()),
            "alerts": list(alerts[:SHOWN]),
            "alert_count": alerts.count(),
        }
        return render(request, "analytics/totals.html", context)
