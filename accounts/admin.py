"""Django admin as a support tool: what every app's admin shares, and people, programmes, clinics and tokens.

Facts are looked at here, never written: clinical records change through the services alone, audit rows through
nothing. Administrators edit users, programmes, clinics and memberships. `create_programme` makes the first of them a
superuser; finer permissions of Django are not used.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from social_django.models import Association, Nonce, UserSocialAuth

from accounts.models import ApiToken, Clinic, Invitation, Membership, Programme, PublishedKeys, User
from accounts.services import revoke_api_token
from accounts.standardisation_models import (
    StandardisationCertificate,
    StandardisationReading,
    StandardisationSheet,
    StandardisationTest,
)

admin.site.site_header = "Child Growth Monitor"
admin.site.site_title = "Child Growth Monitor"
admin.site.index_title = _("Support and administration")

# Groups are not used, and sign-in's shared secrets and replay marks are nobody's to look at.
for _model in (Group, Association, Nonce, UserSocialAuth):
    admin.site.unregister(_model)


class LookOnly:
    """Refuses adding, changing and deleting; for a ModelAdmin or an inline."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False: rows come from the services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False: facts are corrected through the services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return False: nothing is deleted here."""
        return False


class LookOnlyAdmin(LookOnly, admin.ModelAdmin):
    """A model that support may read, every field but those in `hidden`, and not write."""

    hidden: tuple[str, ...] = ()
    actions_on_bottom = True

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return every field of the model, those that no form edits too."""
        fields = [*self.opts.fields, *self.opts.many_to_many]
        return [field.name for field in fields if field.name not in self.hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Return the same: nothing is a form field."""
        return self.get_fields(request, obj)


class LookOnlyInline(LookOnly, admin.TabularInline):
    """Rows of another model on the page of the one that they belong to."""

    extra = 0
    can_delete = False
    show_change_link = True


class AuditAdmin(LookOnlyAdmin):
    """The audit rows of one model, written by database triggers: what changed, when, and by whom."""

    hidden = ("file", "token")
    list_display = ("pgh_created_at", "pgh_label", "pgh_obj_id", "actor")
    list_filter = ("pgh_label",)
    search_fields = ("pgh_obj__id__startswith",)
    search_help_text = _("Id of the record, or its beginning")
    date_hierarchy = "pgh_created_at"
    ordering = ("-pgh_id",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the audit rows with the name of the user whom the request's context names."""
        actor_id = Cast(KeyTextTransform("user", "pgh_context__metadata"), UUIDField())
        names = User.objects.filter(pk=OuterRef("actor_id")).values("username")[:1]
        return super().get_queryset(request).annotate(actor_id=actor_id).annotate(actor_name=Subquery(names))

    @admin.display(description=_("by"), ordering="actor_name")
    def actor(self, event: Any) -> str:
        """Return who did it; empty for a task or a command."""
        return event.actor_name or ""


def register_audit(*models: type[Model]) -> None:
    """Make the audit rows of tracked models readable."""
    for model in models:
        admin.site.register(model.pgh_event_model, AuditAdmin)  # type: ignore[attr-defined]


class MembershipForm(forms.ModelForm):
    """One role of one user."""

    class Meta:
        model = Membership
        fields = ("user", "programme", "clinic", "role")

    def clean(self) -> dict[str, Any] | None:
        """Refuse a clinic of another programme."""
        cleaned = super().clean() or {}
        clinic, programme = cleaned.get("clinic"), cleaned.get("programme")
        if clinic is not None and programme is not None and clinic.programme_id != programme.pk:
            self.add_error("clinic", _("This clinic belongs to another programme. Choose one of this programme."))
        return cleaned


class MembershipInline(admin.TabularInline):
    """The roles of a user."""

    model = Membership
    form = MembershipForm
    extra = 0


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People who sign in. They are deactivated, never deleted: their name stands under what they recorded."""

    list_display = ("username", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "memberships__role", "memberships__clinic")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language", "trained_on")}),
        (_("May sign in"), {"fields": ("is_active",)}),
        (_("May use this admin"), {"fields": ("is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    inlines = (MembershipInline,)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Return False: deactivate instead."""
        return False


class ClinicInline(admin.TabularInline):
    """The clinics of a programme."""

    model = Clinic
    extra = 0
    show_change_link = True


@admin.register(Programme)
class ProgrammeAdmin(admin.ModelAdmin):
    """Programmes and what their clinics see."""

    list_display = ("name", "country", "time_zone", "language", "shows_predicted_muac", "created_at")
    search_fields = ("name",)
    inlines = (ClinicInline,)


@admin.register(Clinic)
class ClinicAdmin(admin.ModelAdmin):
    """Clinics; one that closes is made inactive."""

    list_display = ("name", "programme", "area", "is_active", "created_at")
    list_filter = ("is_active", "programme", "area")
    list_select_related = ("programme",)
    search_fields = ("name", "area")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who works where, in which role."""

    form = MembershipForm
    list_display = ("user", "role", "clinic", "programme", "source", "created_at")
    list_filter = ("role", "source", "programme", "clinic")
    list_select_related = ("user", "clinic", "programme")
    search_fields = ("user__username", "user__last_name", "clinic__name")
    autocomplete_fields = ("user",)


@admin.register(ApiToken)
class ApiTokenAdmin(LookOnlyAdmin):
    """Tokens of the API: who has one, whether it is used; the secret is nowhere. They can be revoked."""

    hidden = ("token_sha256",)
    list_display = ("name", "user", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("revoked_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    date_hierarchy = "created_at"
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Return True for those whom Django lets change tokens."""
        return request.user.has_perm("accounts.change_apitoken")

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Make the tokens useless from the next request on."""
        tokens = list(queryset)
        for token in tokens:
            revoke_api_token(token)
            self.log_change(request, token, "Revoked.")
        self.message_user(request, _("Revoked: %(count)d.") % {"count": len(tokens)}, messages.SUCCESS)


@admin.register(Invitation)
class InvitationAdmin(LookOnlyAdmin):
    """Who was invited to what, by whom, and who came; the code is nowhere."""

    hidden = ("code_sha256",)
    list_display = ("role", "clinic", "programme", "invited_by", "created_at", "expires_at", "accepted_by")
    list_filter = ("role", "programme", "clinic")
    list_select_related = ("clinic", "programme", "invited_by", "accepted_by")
    search_fields = ("invited_by__username", "accepted_by__username")
    date_hierarchy = "created_at"


@admin.register(PublishedKeys)
class PublishedKeysAdmin(LookOnlyAdmin):
    """The public keys of the tenant to sign in with, as they were fetched last."""

    list_display = ("discovery_url", "issuer", "fetched_at")


class StandardisationReadingInline(LookOnlyInline):
    """What was read off, child by child."""

    model = StandardisationReading


class StandardisationSheetInline(LookOnlyInline):
    """Who took part."""

    model = StandardisationSheet


@admin.register(StandardisationTest)
class StandardisationTestAdmin(LookOnlyAdmin):
    """Tests of how alike people measure."""

    list_display = ("held_on", "clinic", "held_by", "closed_at")
    list_filter = ("clinic",)
    list_select_related = ("clinic", "held_by")
    date_hierarchy = "held_on"
    inlines = (StandardisationSheetInline,)


@admin.register(StandardisationSheet)
class StandardisationSheetAdmin(LookOnlyAdmin):
    """The readings of one person in one test."""

    list_display = ("test", "measurer", "is_reference", "created_at")
    list_filter = ("is_reference",)
    list_select_related = ("test", "measurer")
    search_fields = ("measurer__username",)
    inlines = (StandardisationReadingInline,)


@admin.register(StandardisationReading)
class StandardisationReadingAdmin(LookOnlyAdmin):
    """Single readings."""

    list_display = ("sheet", "child_number", "turn", "weight_kg", "length_height_cm", "muac_mm")
    list_select_related = ("sheet",)


@admin.register(StandardisationCertificate)
class StandardisationCertificateAdmin(LookOnlyAdmin):
    """Who passed a standardisation test, and until when that holds."""

    list_display = ("user", "issued_on", "valid_until", "issued_by")
    list_select_related = ("user", "issued_by")
    search_fields = ("user__username",)
    date_hierarchy = "issued_on"


register_audit(Membership, Invitation)
