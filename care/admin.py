"""Alerts and follow-ups for support: to read. People act on them on the pages of the clinic."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import LookOnlyAdmin, register_audit
from care.models import Alert, FollowUp


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


register_audit(Alert, FollowUp)
