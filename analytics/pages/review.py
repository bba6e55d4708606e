"""The review queue of a supervisor, and the button that stores a review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.access import may_supervise, supervised_clinics_of
from accounts.models import User
from accounts.views import ActionView, PrivatePage
from analytics.selectors import session_for
from children.numbers import printed_percent
from predictions.models import SessionReview
from predictions.review import REVIEWABLE, Finding, review_of, review_session
from predictions.review_queue import LOW_CONFIDENCE, REVIEW_DAYS, Why, count_by_reason, sessions_to_review
from scans.advice import reason_words
from scans.models import ScanSession

ROWS_PER_PAGE = 25


class ReviewForm(forms.Form):
    """Good or bad; a bad one with a reason."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Can this scan be trusted?"), choices=SessionReview.Verdict.choices, widget=forms.RadioSelect
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("If it is bad: why?"), choices=[("", "—"), *SessionReview.Reason.choices], required=False
    )
    note = forms.CharField(
        label=gettext_lazy("Note (no names)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReviewQueue(PrivatePage):
    """Scans that wait for a review in the clinics that I supervise."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them, of one reason or of all; 404 for those who supervise no clinic."""
        clinics = list(supervised_clinics_of(request.user).values_list("pk", flat=True))
        if not clinics:
            raise Http404
        waiting = sessions_to_review(clinics)
        counts = count_by_reason(waiting)
        chosen = request.GET.get("why", "")
        if chosen in Why.values:
            waiting = waiting.filter(why=chosen)
        page = Paginator(waiting, ROWS_PER_PAGE).get_page(request.GET.get("page"))
        context = {
            "page": page,
            "rows": [(session, why_words(session)) for session in page],
            "query": f"why={chosen}&" if chosen in Why.values else "",
            "chosen": chosen,
            "reasons": [(why.value, why.label, counts.get(why.value, 0)) for why in Why],
            "total": sum(counts.values()),
            "days": REVIEW_DAYS,
        }
        return render(request, "analytics/review.html", context)


class ReviewSession(ActionView):
    """Store a supervisor's word on a scan."""

    def act(self, *, session_id: UUID) -> str:
        """Review it; 404 outside the supervisor's clinics."""
        sent = self.request.POST
        session = session_for(self.request.user, session_id)
        finding = Finding(sent.get("verdict", ""), sent.get("reason", ""), sent.get("note", ""))
        review_session(session=session, reviewed_by=self.request.user, finding=finding)
        return _("The review is stored.")

    def url_after(self) -> str:
        """Back to the scan."""
        return reverse("scan_session", args=[self.kwargs["session_id"]])


def review_context(user: User, session: ScanSession) -> dict[str, Any]:
    """Return what the page of a scan shows of its review; the form for supervisors of an ended scan."""
    review = review_of(session)
    form = None
    if session.state in REVIEWABLE and may_supervise(user, session.child.clinic_id):
        told = ("verdict", "reason", "note")
        form = ReviewForm(initial={name: getattr(review, name) for name in told} if review else None)
    return {"review": review, "review_form": form}


def why_words(session: ScanSession) -> str:
    """Return why a waiting scan (with `why`) is looked at, in a sentence."""
    if session.why == Why.UNUSABLE:  # type: ignore[attr-defined]
        return reason_words(session.reason)
    if session.why == Why.LOW_CONFIDENCE:  # type: ignore[attr-defined]
        return _("Within 1.4 cm with a probability of %(confidence)s only; %(limit)s are asked for.") % {
            "confidence": printed_percent(session.prediction.confidence),
            "limit": printed_percent(LOW_CONFIDENCE),
        }
    if session.why == Why.FAR_FROM_MANUAL:  # type: ignore[attr-defined]
        return _("The value by hand within a day differs by more than 3 cm.")
    return _("One of twenty, drawn at random.")
