"""Alerts and follow-ups for support: to read. People act on them on the pages of the clinic."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.admin import LookOnlyAdmin, register_audit
from care.models import (
    Alert,
    Delivery,
    FollowUp,
    NoticeSubscription,
    Referral,
    ReminderAgreement,
    ReminderPlan,
    Tracing,
    TracingAttempt,
    TreatmentEpisode,
)
from care.webhooks import signing_key


@admin.register(Alert)
class AlertAdmin(LookOnlyAdmin):
    """Who must act for which child, and what came of it."""

    list_display = ("child", "criterion", "severity", "state", "unconfirmed", "opened_at", "resolved_at", "resolution")
    list_filter = ("state", "severity", "criterion", "unconfirmed", "resolution", "child__clinic")
    list_select_related = ("child",)
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "opened_at"


@admin.register(FollowUp)
class FollowUpAdmin(LookOnlyAdmin):
    """Tasks with a date."""

    list_display = ("child", "reason", "due_on", "state", "created_at", "completed_at", "completed_by")
    list_filter = ("state", "reason", "child__clinic")
    list_select_related = ("child", "completed_by")
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "due_on"


@admin.register(Referral)
class ReferralAdmin(LookOnlyAdmin):
    """Where children were sent, and what came of it."""

    list_display = ("child", "place", "referred_on", "outcome", "outcome_on")
    list_filter = ("outcome", "child__clinic")
    list_select_related = ("child",)
    search_fields = ("child__code", "id__startswith")


@admin.register(Tracing)
class TracingAdmin(LookOnlyAdmin):
    """Children who were looked for."""

    list_display = ("child", "opened_at", "outcome", "outcome_on")
    list_filter = ("outcome", "child__clinic")
    list_select_related = ("child",)
    search_fields = ("child__code", "id__startswith")


@admin.register(TracingAttempt)
class TracingAttemptAdmin(LookOnlyAdmin):
    """Each time that somebody tried to reach a family."""

    list_display = ("tracing", "attempted_on", "way", "was_reached", "reason_not_reached")
    list_filter = ("way", "was_reached", "reason_not_reached")
    list_select_related = ("tracing",)
    search_fields = ("tracing__child__code", "id__startswith")


@admin.register(ReminderAgreement)
class ReminderAgreementAdmin(LookOnlyAdmin):
    """Carers who agreed to be reminded."""

    list_display = ("child", "agreed_at", "recorded_by", "withdrawn_at")
    list_select_related = ("child",)
    search_fields = ("child__code", "id__startswith")


@admin.register(TreatmentEpisode)
class TreatmentEpisodeAdmin(LookOnlyAdmin):
    """Treatments from admission to exit."""

    list_display = ("child", "clinic", "kind", "criterion", "admission", "admitted_on", "exit", "exited_on")
    list_filter = ("kind", "exit", "clinic")
    list_select_related = ("child", "clinic")
    search_fields = ("child__code", "id__startswith")


@admin.register(Delivery)
class DeliveryAdmin(LookOnlyAdmin):
    """The outbox: what was sent, what waits, what was given up and why."""

    list_display = ("id", "kind", "child", "subscription", "state", "attempts", "last_error", "created_at", "sent_at")
    list_filter = ("state", "kind", "subscription__way")
    list_select_related = ("child", "subscription")
    search_fields = ("id__startswith", "child__code")


@admin.register(NoticeSubscription)
class NoticeSubscriptionAdmin(admin.ModelAdmin):
    """Who is told of new alerts, and how; the key that signs a webhook is shown to be copied to its receiver."""

    list_display = ("id", "way", "programme", "clinic", "least_severity", "is_active")
    list_filter = ("way", "is_active", "programme")
    list_select_related = ("programme", "clinic")
    readonly_fields = ("signing_key",)

    @admin.display(description=_("key of the signature"))
    def signing_key(self, subscription: NoticeSubscription) -> str:
        """Return the key of a webhook; the other ways have none."""
        return signing_key(subscription) if subscription.way == NoticeSubscription.Way.WEBHOOK else "-"


@admin.register(ReminderPlan)
class ReminderPlanAdmin(admin.ModelAdmin):
    """Which clinics remind carers who agreed."""

    list_display = ("clinic", "days_before", "is_active")
    list_select_related = ("clinic",)


register_audit(
    Alert,
    FollowUp,
    NoticeSubscription,
    Referral,
    ReminderAgreement,
    ReminderPlan,
    Tracing,
    TracingAttempt,
    TreatmentEpisode,
)
