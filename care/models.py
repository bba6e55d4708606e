"""What somebody must do about the facts: alerts with a person who acts, follow-ups with a date."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User
from care.notice_models import Delivery, NoticeSubscription, ReminderAgreement, ReminderPlan
from care.referral_models import Referral
from care.tracing_models import Tracing, TracingAttempt
from care.treatment_models import TreatmentEpisode
from children.models import Child, Measurement

__all__ = [
    "Alert",
    "Delivery",
    "FollowUp",
    "NoticeSubscription",
    "Referral",
    "ReminderAgreement",
    "ReminderPlan",
    "Tracing",
    "TracingAttempt",
    "TreatmentEpisode",
]

# Days until an alert that nobody has referred or resolved is overdue: SAM is referred the same day, MAM enrolled within
# a week, the rest reviewed within a month (the banner table in docs/growth.md; the week is a judgement).
ACT_WITHIN_DAYS = {"critical": 1, "high": 7, "moderate": 30}
# Days after the due date in which a follow-up still counts as kept: half of its interval, by judgement.
WINDOW_DAYS = {
    "measure_by_hand": 1,
    "measure_again": 1,
    "refer": 3,
    "enrol": 7,
    "reweigh": 7,
    "clinical_review": 14,
    "counsel": 14,
    "routine": 14,
}


class AlertQuerySet(models.QuerySet["Alert"]):
    """Questions about alerts."""

    def visible_to(self, user: User) -> AlertQuerySet:
        """Return alerts of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def open(self) -> AlertQuerySet:
        """Return alerts that nobody has resolved."""
        return self.exclude(state=Alert.State.RESOLVED)


@pghistory.track()
class Alert(models.Model):
    """Someone must act for a child.

    open -> acknowledged -> referred -> resolved; each step may be skipped forwards. At most one unresolved alert per
    child and criterion: later measurements attach to it as evidence. It is resolved by recovery, by a person with a
    reason, or because the measurement that raised it was corrected or voided. `unconfirmed`: it rests on a scanned
    length.
    """

    class Criterion(models.TextChoices):
        OEDEMA = "oedema", _("Bilateral oedema")
        WHZ = "whz", _("Weight-for-length/height")
        MUAC = "muac", _("MUAC")
        INFANT = "infant_at_risk", _("Infant under 6 months at risk")
        FALTERING = "faltering", _("Weight loss or faltering")
        HAZ = "haz", _("Severe stunting")
        WAZ = "waz", _("Severe underweight")

    class Severity(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        HIGH = "high", _("High")
        MODERATE = "moderate", _("Moderate")

        @property
        def rank(self) -> int:
            """0 for the worst."""
            return list(type(self)).index(self)

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        REFERRED = "referred", _("Referred")
        RESOLVED = "resolved", _("Resolved")

    class Resolution(models.TextChoices):
        RECOVERED = "recovered", _("Recovered")
        BY_PERSON = "by_person", _("Closed by a person")
        MEASUREMENT_WITHDRAWN = "measurement_withdrawn", _("The measurement was corrected or voided")
        CHILD_LEFT = "child_left", _("The child moved, was lost or died")

    class CloseReason(models.TextChoices):
        TREATED_HERE = "treated_here", _("Admitted to treatment here")
        TREATED_ELSEWHERE = "treated_elsewhere", _("Treated elsewhere")
        NOT_CONFIRMED = "not_confirmed", _("Measured again, not confirmed")
        FAMILY_DECLINED = "family_declined", _("The family declined care")
        RECORDED_IN_ERROR = "recorded_in_error", _("Recorded in error")
        OTHER = "other", _("Another reason")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="alerts")
    criterion = models.CharField(_("criterion"), max_length=16, choices=Criterion.choices)
    severity = models.CharField(_("severity"), max_length=16, choices=Severity.choices)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    unconfirmed = models.BooleanField(_("unconfirmed"), default=False)
    raised_by = models.ForeignKey(
        Measurement, on_delete=models.RESTRICT, related_name="raised_alerts", verbose_name=_("raised by")
    )
    evidence = models.ManyToManyField(Measurement, related_name="evidence_of", blank=True)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    referred_at = models.DateTimeField(null=True, blank=True)
    referred_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    referred_to = models.CharField(_("referred to"), max_length=200, blank=True)
    referral = models.ForeignKey(Referral, on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.CharField(_("resolution"), max_length=32, choices=Resolution.choices, blank=True)
    close_reason = models.CharField(_("why it was closed"), max_length=32, choices=CloseReason.choices, blank=True)
    resolution_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "id"]
        indexes = [models.Index(fields=["state", "-opened_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["child", "criterion"], condition=~Q(state="resolved"), name="one_open_alert_per_criterion"
            ),
            models.CheckConstraint(
                condition=(~Q(state="resolved") & Q(resolved_at__isnull=True, resolution=""))
                | (Q(state="resolved", resolved_at__isnull=False) & ~Q(resolution="")),
                name="alert_resolved_with_how_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(resolution="by_person")
                | (Q(resolved_by__isnull=False) & (~Q(resolution_reason="") | ~Q(close_reason__in=["", "other"]))),
                name="alert_closed_by_person_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.criterion} {self.id}"

    @property
    def age_days(self) -> int:
        """Days on the calendar since the alert was opened, until it was resolved."""
        ended = timezone.localdate(self.resolved_at or timezone.now())
        return (ended - timezone.localdate(self.opened_at)).days

    @property
    def is_overdue(self) -> bool:
        """True when nobody has referred or resolved it within the days that its severity allows."""
        waits = self.state in (self.State.OPEN, self.State.ACKNOWLEDGED)
        return waits and self.age_days > ACT_WITHIN_DAYS[self.severity]


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Questions about follow-ups."""

    def visible_to(self, user: User) -> FollowUpQuerySet:
        """Return follow-ups of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def open(self) -> FollowUpQuerySet:
        """Return follow-ups still to be done."""
        return self.filter(state=FollowUp.State.OPEN)


@pghistory.track()
class FollowUp(models.Model):
    """A task with a date for a child: open -> done | cancelled. Late completion is allowed and visible.

    `measurement` is the visit that asked for it; `probability` (0-1) is named where a scan did.
    """

    class Reason(models.TextChoices):
        MEASURE_BY_HAND = "measure_by_hand", _("Measure by hand today")
        MEASURE_AGAIN = "measure_again", _("Measure again today")
        REFER = "refer", _("Check that the referral was kept")
        ENROL = "enrol", _("Enrol and counsel")
        REWEIGH = "reweigh", _("Reweigh")
        CLINICAL_REVIEW = "clinical_review", _("Clinical review")
        COUNSEL = "counsel", _("Counsel")
        ROUTINE = "routine", _("Routine visit")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="follow_ups")
    reason = models.CharField(_("what to do"), max_length=32, choices=Reason.choices)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    due_on = models.DateField(_("due"))
    window_days = models.PositiveSmallIntegerField(_("window, days after the due date"), default=7)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.OPEN)
    measurement = models.ForeignKey(Measurement, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    probability = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    completed_with = models.ForeignKey(
        Measurement, on_delete=models.SET_NULL, null=True, blank=True, related_name="completed_follow_ups"
    )
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)

    # What the portal itself writes as an outcome; kept as it is said here, shown in the reader's language.
    SEEN = gettext_noop("The child was seen and measured.")
    WITHDRAWN = gettext_noop("The measurement was corrected or voided.")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "created_at"]
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["child", "reason"], condition=Q(state="open"), name="one_open_follow_up_per_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="open", completed_at__isnull=True)
                | (~Q(state="open") & Q(completed_at__isnull=False) & ~Q(outcome="")),
                name="follow_up_ended_with_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"follow-up {self.reason} {self.id}"

    @property
    def outcome_words(self) -> str:
        """The outcome as people wrote it, or in the reader's language where the portal did."""
        return gettext(self.outcome) if self.outcome in (self.SEEN, self.WITHDRAWN) else self.outcome

    @property
    def is_overdue(self) -> bool:
        """True when it is open and its date has passed."""
        return self.state == self.State.OPEN and self.due_on < timezone.localdate()

    @property
    def window_ends_on(self) -> date:
        """The last day on which it still counts as kept."""
        return self.due_on + timedelta(days=self.window_days)

    @property
    def is_missed(self) -> bool:
        """True when it is open and its window has ended; it may still be completed, late."""
        return self.state == self.State.OPEN and self.window_ends_on < timezone.localdate()

    @property
    def days_late(self) -> int:
        """Days after the end of its window until it was done; 0 in time or not done."""
        if self.state != self.State.DONE or self.completed_at is None:
            return 0
        return max(0, (timezone.localdate(self.completed_at) - self.window_ends_on).days)
