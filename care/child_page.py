"""The page of care for one child: status, referrals, treatment, tracing, reminders, each with what can be done next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.access import may_supervise
from accounts.views import PrivatePage
from care.action_forms import (
    AdmitForm,
    AttemptForm,
    ExitForm,
    ReferForm,
    ReferralOutcomeForm,
    StatusForm,
    TracingOutcomeForm,
)
from care.dates import today_of
from care.models import Alert, TreatmentEpisode
from care.selectors import child_in_care
from care.treatment import manual_visits_of, progress_of_episode, suggested_admission, visits_of_episode
from care.treatment_rules import expected_weight_kg
from children.models import Child


class ChildCarePage(PrivatePage):
    """What was done for a child, and what can be done."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Show it."""
        child = get_object_or_404(child_in_care(request.user, child_id))
        today = today_of(child)
        tracing = next((tracing for tracing in child.tracings.all() if not tracing.outcome), None)
        referrals = list(child.referrals.all())
        agreement = next((each for each in child.reminder_agreements.all() if each.withdrawn_at is None), None)
        context = {
            "child": child,
            "today": today,
            "alerts": [alert for alert in child.alerts.all() if alert.state != Alert.State.RESOLVED],
            "referrals": [(each, outcome_form(each.pk)) for each in referrals],
            "tracing": tracing,
            "past_tracings": [each for each in child.tracings.all() if each.outcome],
            "agreement": agreement,
            "may_supervise": may_supervise(request.user, child.clinic_id),
            "refer_form": ReferForm(),
            "attempt_form": AttemptForm(),
            "tracing_form": TracingOutcomeForm(),
            "status_form": StatusForm(),
            **treatment_part(child),
        }
        return render(request, "care/child.html", context)


def outcome_form(referral_id: UUID) -> ReferralOutcomeForm:
    """Return the form for the outcome of one of several referrals on the page."""
    return ReferralOutcomeForm(auto_id=f"outcome-{referral_id}-%s")


def treatment_part(child: Child) -> dict[str, Any]:
    """Return the open treatment with its visits and progress, or the form of an admission; and those that ended."""
    episodes = list(child.treatment_episodes.all())
    episode = next((each for each in episodes if not each.exit), None)
    past = [each for each in episodes if each.exit]
    if episode is None:
        suggested = suggested_admission(child)
        initial = asdict(suggested) if suggested else {"kind": TreatmentEpisode.Kind.SAM}
        return {"past_episodes": past, "suggested": suggested, "admit_form": AdmitForm(initial=initial)}
    visits = visits_of_episode(episode, manual_visits_of(child))
    progress = progress_of_episode(episode, visits)
    rows = [
        {
            "visit": visit,
            "expected_kg": expected_weight_kg(
                progress.gain.lowest_kg, days=(visit.day - progress.gain.lowest_on).days, kind=episode.kind
            )
            if progress.gain and visit.day >= progress.gain.lowest_on
            else None,
        }
        for visit in visits
    ]
    initial = {"exit": progress.proposed}
    return {
        "episode": episode,
        "progress": progress,
        "proposed": TreatmentEpisode.Exit(progress.proposed).label if progress.proposed else "",
        "visit_rows": rows,
        "past_episodes": past,
        "exit_form": ExitForm(initial=initial),
    }
