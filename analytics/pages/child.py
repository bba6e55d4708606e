"""The page of one child: answer, change, chart, visits, alerts, follow-ups, scans, consents, guardians.

Read-only: its forms post to the apps that own the records.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import may_supervise
from accounts.views import PrivatePage
from analytics.pages.answer import answer_of, answering_visit, heed_open_alerts
from analytics.pages.changes import changes_since_last_visit
from analytics.pages.chart import chart_part
from analytics.pages.velocities import velocities_of
from analytics.pages.visits import visits_page
from analytics.pages.weight_notes import weight_notes
from analytics.selectors import child_for, visits_of
from analytics.words import age_words
from care.models import Alert, FollowUp
from children.consents import CONSENT_TEXTS
from children.growth.age import corrected_age_days
from children.models import Child, Consent, ErasureRequest, Measurement

SHOWN_SESSIONS = 10
SHOWN_ENDED = 10  # ended alerts and follow-ups each, the newest; the rest is counted


@dataclass(frozen=True)
class ConsentRow:
    """One purpose: its words and the consent that is live, if any."""

    purpose: str
    label: str
    text: str
    live: Consent | None
    last_withdrawn: Consent | None


class ChildPage(PrivatePage):
    """Everything about one child."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Show it; the chart or the table of visits alone when only that changed."""
        child = child_for(request.user, child_id)
        today = timezone.localdate()
        visits = visits_of(child)
        chart = chart_part(request, child=child, visits=visits, today=today)
        if request.htmx.target == "chart":
            return render(request, "analytics/_chart.html", {"child": child, "chart": chart})
        if request.htmx.target == "visits":
            velocities = velocities_of(child, visits)
            table = {"child": child, "visits": visits_page(request, visits, velocities)}
            table |= {
                "has_velocities": bool(velocities),
                "may_supervise": may_supervise(request.user, child.clinic_id),
            }
            return render(request, "analytics/_visits.html", table)
        answering = answering_visit(visits)
        alerts = list(child.alerts.all())
        velocities = velocities_of(child, visits)
        unresolved = [a for a in alerts if a.state != Alert.State.RESOLVED]
        answer = answer_of(answering) if answering is not None else None
        if answer is not None:
            answer = heed_open_alerts(answer, unresolved)
        by_hand = next((v for v in visits if not v.is_scan and v.state == Measurement.State.ACTIVE), None)
        follow_ups = list(child.follow_ups.all())
        due = [f for f in follow_ups if f.state == FollowUp.State.OPEN]
        ended_alerts = [a for a in alerts if a.state == Alert.State.RESOLVED]
        ended_follow_ups = [f for f in reversed(follow_ups) if f.state != FollowUp.State.OPEN]
        consents = consent_rows(child)
        age_days = child.age_days_on(today)
        corrected = corrected_age_days(age_days=age_days, gestation_days=child.gestation_total_days)
        context = {
            "child": child,
            "age": age_words(age_days),
            "corrected_age": "" if corrected is None else age_words(corrected),
            "answer": answer,
            "by_hand": answer_of(by_hand) if answer is not None and answer.screening and by_hand else None,
            "changes": changes_since_last_visit(child, visits),
            "weight_notes": weight_notes(child, visits),
            "chart": chart,
            "visits": visits_page(request, visits, velocities),
            "has_velocities": bool(velocities),
            "alerts": unresolved,
            "ended_alerts": ended_alerts[:SHOWN_ENDED],
            "ended_alert_count": len(ended_alerts),
            "follow_ups": due,
            "ended_follow_ups": ended_follow_ups[:SHOWN_ENDED],
            "ended_follow_up_count": len(ended_follow_ups),
            "next_follow_up": due[0] if due else None,
            "sessions": list(child.scan_sessions.all()[:SHOWN_SESSIONS]),
            "consents": consents,
            "may_scan": any(row.live and row.purpose == Consent.Purpose.SCAN for row in consents),
            "erasure_asked": child.erasure_requests.filter(state=ErasureRequest.State.OPEN).exists(),
            "may_supervise": may_supervise(request.user, child.clinic_id),
        }
        return render(request, "analytics/child.html", context)


def consent_rows(child: Child) -> list[ConsentRow]:
    """Return every purpose with its live consent."""
    given = list(child.consents.all())
    return [
        ConsentRow(
            purpose=value,
            label=str(label),
            text=CONSENT_TEXTS[value],
            live=next((c for c in given if c.purpose == value and c.withdrawn_at is None), None),
            last_withdrawn=next((c for c in given if c.purpose == value and c.withdrawn_at is not None), None),
        )
        for value, label in Consent.Purpose.choices
    ]
