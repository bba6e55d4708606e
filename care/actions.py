"""What people do with alerts, referrals, follow-ups, tracings, treatments and a child's status: one POST each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.views import ActionView
from care.action_forms import (
    AdmitForm,
    AttemptForm,
    ExitForm,
    ReferForm,
    ReferralOutcomeForm,
    ResolveForm,
    StatusForm,
    TracingOutcomeForm,
)
from care.leaving import change_child_status
from care.models import Alert, FollowUp, Referral, Tracing, TreatmentEpisode
from care.referrals import record_referral_outcome, refer_alert, refer_child
from care.reminders import agree_to_reminders, withdraw_reminders
from care.services import acknowledge_alert, complete_follow_up, resolve_alert
from care.tracing import close_tracing, record_attempt
from care.treatment import admit_child, exit_treatment
from children.models import Child


class AlertAction(ActionView):
    """Something that a person does with an alert of an own clinic."""

    def alert(self) -> Alert:
        """Return it; 404 outside one's clinics."""
        return get_object_or_404(Alert.objects.visible_to(self.request.user), pk=self.kwargs["alert_id"])

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
    """The child is referred for this alert."""

    def act(self, **kwargs: Any) -> str:
        """Note where to, and when."""
        refer_alert(alert=self.alert(), referred_by=self.request.user, **ReferForm(self.request.POST).values())
        return _("The referral is noted.")


class ResolveView(AlertAction):
    """A person closes it, with the reason."""

    def act(self, **kwargs: Any) -> str:
        """Resolve it."""
        alert, values = self.alert(), ResolveForm(self.request.POST).values()
        close_reason = values["close_reason"] or Alert.CloseReason.OTHER
        resolve_alert(alert=alert, resolved_by=self.request.user, reason=values["reason"], close_reason=close_reason)
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


class ChildAction(ActionView):
    """Something that a person does for a child of an own clinic."""

    def child(self) -> Child:
        """Return it; 404 outside one's clinics."""
        mine = Child.objects.visible_to(self.request.user).select_related("clinic__programme")
        return get_object_or_404(mine, pk=self.kwargs["child_id"])

    def url_after(self) -> str:
        """To the child's page of care."""
        return reverse("care:child", args=[self.kwargs["child_id"]])


class ReferChildView(ChildAction):
    """The child is referred for every open alert."""

    def act(self, **kwargs: Any) -> str:
        """Note where to, and when."""
        refer_child(child=self.child(), referred_by=self.request.user, **ReferForm(self.request.POST).values())
        return _("The referral is noted.")


class AttemptView(ChildAction):
    """Somebody tried to reach the family."""

    def act(self, **kwargs: Any) -> str:
        """Log it."""
        child, values = self.child(), AttemptForm(self.request.POST).values()
        reached = values["result"] == "reached"
        record_attempt(
            child=child,
            attempted_on=values["attempted_on"],
            way=values["way"],
            was_reached=reached,
            reason_not_reached="" if reached else values["result"],
            note=values["note"],
            recorded_by=self.request.user,
        )
        return _("The attempt is noted.")


class AdmitView(ChildAction):
    """The child is admitted to treatment."""

    def act(self, **kwargs: Any) -> str:
        """Open the treatment."""
        admit_child(child=self.child(), admitted_by=self.request.user, **AdmitForm(self.request.POST).values())
        return _("The child is in treatment.")


class StatusView(ChildAction):
    """The child moved, was lost, died; or is active again."""

    def act(self, **kwargs: Any) -> str:
        """Change its status."""
        change_child_status(child=self.child(), changed_by=self.request.user, **StatusForm(self.request.POST).values())
        return _("The status is changed.")


class ReminderView(ChildAction):
    """The carer agrees to be reminded, or does not any more."""

    def act(self, **kwargs: Any) -> str:
        """Note it."""
        if self.request.POST.get("agrees") == "yes":
            agree_to_reminders(child=self.child(), recorded_by=self.request.user)
            return _("The carer will be reminded of appointments.")
        withdraw_reminders(child=self.child(), withdrawn_by=self.request.user)
        return _("The carer will not be reminded any more.")


class ReferralOutcomeView(ActionView):
    """What came of a referral."""

    def act(self, *, referral_id: UUID) -> str:
        """Write it down."""
        self.referral = get_object_or_404(Referral.objects.visible_to(self.request.user), pk=referral_id)
        values = ReferralOutcomeForm(self.request.POST).values()
        record_referral_outcome(referral=self.referral, recorded_by=self.request.user, **values)
        return _("The outcome of the referral is noted.")

    def url_after(self) -> str:
        """To the child's page of care."""
        return reverse("care:child", args=[self.referral.child_id])


class CloseTracingView(ActionView):
    """How looking for a child ended."""

    def act(self, *, tracing_id: UUID) -> str:
        """End it."""
        mine = Tracing.objects.visible_to(self.request.user).select_related("child")
        self.tracing = get_object_or_404(mine, pk=tracing_id)
        values = TracingOutcomeForm(self.request.POST).values()
        close_tracing(tracing=self.tracing, closed_by=self.request.user, **values)
        return _("The tracing has ended.")

    def url_after(self) -> str:
        """To the child's page of care."""
        return reverse("care:child", args=[self.tracing.child_id])


class ExitView(ActionView):
    """A treatment has ended."""

    def act(self, *, episode_id: UUID) -> str:
        """Note how."""
        mine = TreatmentEpisode.objects.visible_to(self.request.user)
        self.episode = get_object_or_404(mine, pk=episode_id)
        values = ExitForm(self.request.POST).values()
        exit_treatment(
            episode=self.episode,
            exit_as=values["exit"],
            exited_on=values["exited_on"],
            note=values["note"],
            exited_by=self.request.user,
        )
        return _("The treatment has ended.")

    def url_after(self) -> str:
        """To the child's page of care."""
        return reverse("care:child", args=[self.episode.child_id])
