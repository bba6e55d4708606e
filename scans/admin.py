"""Scan sessions for support: where each one stands, why it ended, and a new start for those set aside.

Films are named by size and hash; there is no link to them here.
"""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin import LookOnlyAdmin, LookOnlyInline, register_audit
from cgm_portal.errors import DomainError
from scans.models import BlobDeletion, DirectUpload, FilmView, MediaRemoval, ScanSession, ScanVideo
from scans.services import requeue_session


class ScanVideoInline(LookOnlyInline):
    """The films of a session, without a way to see them."""

    model = ScanVideo
    fields = ("scan_type", "size_bytes", "sha256", "uploaded_at")
    readonly_fields = fields
    show_change_link = False


@admin.register(ScanSession)
class ScanSessionAdmin(LookOnlyAdmin):
    """The ledger of scans."""

    hidden = ("token",)
    list_display = (
        "id",
        "child",
        "state",
        "stage",
        "attempts",
        "reason",
        "lease_expires_at",
        "started_by",
        "started_at",
        "finished_at",
        "prediction_link",
    )
    list_filter = ("state", "reason", "stage", "attempts", "child__clinic")
    list_select_related = ("child", "started_by")
    search_fields = ("child__code", "id__startswith")
    date_hierarchy = "started_at"
    inlines = (ScanVideoInline,)
    actions = ("queue_again",)

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """Return True for those whom Django lets change sessions."""
        return request.user.has_perm("scans.change_scansession")

    @admin.display(description=_("prediction"))
    def prediction_link(self, session: ScanSession) -> str:
        """Return a link to what the model said, for a session that ended well."""
        if session.state != ScanSession.State.SUCCEEDED:
            return ""
        address = reverse("admin:predictions_prediction_changelist", query={"session__id__exact": session.pk})
        return format_html('<a href="{}">{}</a>', address, _("show"))

    @admin.action(description=_("Queue again"), permissions=["requeue"])
    def queue_again(self, request: HttpRequest, queryset: QuerySet[ScanSession]) -> None:
        """Give failed and set-aside sessions a new start; say of each other one why not."""
        queued = 0
        for session in queryset:
            try:
                requeue_session(session=session)
            except DomainError as refusal:
                self.message_user(request, f"Session {session.pk}: {refusal.message}", messages.ERROR)
            else:
                self.log_change(request, session, "Queued again.")
                queued += 1
        if queued:
            self.message_user(request, _("Queued again: %(count)d.") % {"count": queued}, messages.SUCCESS)


@admin.register(ScanVideo)
class ScanVideoAdmin(LookOnlyAdmin):
    """Films by session, without a way to see them."""

    hidden = ("file",)
    list_display = ("id", "session", "scan_type", "size_bytes", "uploaded_at")
    list_filter = ("scan_type",)
    list_select_related = ("session",)
    search_fields = ("session__id__startswith", "sha256")
    date_hierarchy = "uploaded_at"


@admin.register(DirectUpload)
class DirectUploadAdmin(LookOnlyAdmin):
    """Films on their way straight into the store."""

    hidden = ("sha256", "md5")
    list_display = ("id", "session", "scan_type", "size_bytes", "started_at", "started_by", "completed_at")
    list_filter = ("scan_type", ("completed_at", admin.EmptyFieldListFilter))
    list_select_related = ("session", "started_by")
    search_fields = ("session__id__startswith",)
    date_hierarchy = "started_at"


@admin.register(FilmView)
class FilmViewAdmin(LookOnlyAdmin):
    """Who was given a link to which film."""

    list_display = ("video_id", "session_id", "opened_by", "opened_at", "expires_at")
    list_select_related = ("opened_by",)
    search_fields = ("video_id__startswith", "session_id__startswith")
    date_hierarchy = "opened_at"


@admin.register(MediaRemoval)
class MediaRemovalAdmin(LookOnlyAdmin):
    """Of which sessions films or pictures were deleted, when and why."""

    list_display = ("session", "what", "because", "removed_at")
    list_filter = ("what", "because")
    list_select_related = ("session",)
    search_fields = ("session__id__startswith",)
    date_hierarchy = "removed_at"


@admin.register(BlobDeletion)
class BlobDeletionAdmin(LookOnlyAdmin):
    """What must still go from the store: one that is not emptied for long needs a look at the store."""

    list_display = ("id", "requested_at", "emptied_at", "watch_until", "attempts", "erasure_id")
    list_filter = (("emptied_at", admin.EmptyFieldListFilter),)
    date_hierarchy = "requested_at"


register_audit(ScanSession, ScanVideo)
