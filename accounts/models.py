"""People who sign in, and the clinics and roles that say what they may see.

Programme > Clinic(area) > Membership(role). Membership is the only source of access to a child's record.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pghistory
import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.languages import offered_languages
from accounts.standardisation_models import (  # noqa: F401 - Django finds models here
    StandardisationCertificate,
    StandardisationReading,
    StandardisationSheet,
    StandardisationTest,
)


class User(AbstractUser):
    """A person who signs in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=offered_languages,
        help_text=_("Of pages. Empty: as the browser asks for."),
    )
    trained_on = models.DateField(_("trained to measure on"), null=True, blank=True)

    class Meta(AbstractUser.Meta):
        triggers = [
            # Whatever the way: a page, Django admin, `changepassword`, SQL. A user switched on again starts without.
            pgtrigger.Trigger(
                name="end_api_tokens",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("password", "is_active"),
                condition=pgtrigger.Q(old__password__df=pgtrigger.F("new__password"))
                | pgtrigger.Q(old__is_active=True, new__is_active=False),
                func="""
                    UPDATE accounts_apitoken SET revoked_at = now() WHERE user_id = NEW.id AND revoked_at IS NULL;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.username


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a time zone of the IANA database."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone, such as Africa/Nairobi."), params={"name": name})


class Programme(models.Model):
    """A nutrition programme of one country; settings of clinical display belong to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166 code of two letters"))
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone], help_text=_("Africa/Nairobi")
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        default="en",
        choices=offered_languages,
        help_text=_("Of notices to staff, and of reminders to families whose own language is not known."),
    )
    shows_predicted_muac = models.BooleanField(
        _("show predicted MUAC and head circumference"),
        default=False,
        help_text=_("Off by default: half of the severe calls of a predicted MUAC are false."),
    )
    video_retention_days = models.PositiveSmallIntegerField(
        _("keep films, days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: VIDEO_RETENTION_DAYS of the installation (90)."),
    )
    frame_retention_days = models.PositiveSmallIntegerField(
        _("keep pictures of films, days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: FRAME_RETENTION_DAYS of the installation (30)."),
    )
    care_record_kept_by_law = models.CharField(
        _("law that keeps the care record"),
        max_length=500,
        blank=True,
        help_text=_("Named on receipts. Empty, as a rule: the whole child is erased when the guardian asks for it."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(video_retention_days__isnull=True) | Q(video_retention_days__gt=0),
                name="programme_keeps_films_for_days",
            ),
            models.CheckConstraint(
                condition=Q(frame_retention_days__isnull=True) | Q(frame_retention_days__gt=0),
                name="programme_keeps_frames_for_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def day_of(self, instant: datetime) -> date:
        """Return the date of `instant` where the programme works."""
        return timezone.localdate(instant, ZoneInfo(self.time_zone))


class Clinic(models.Model):
    """A place where children are seen; `area` is the district that totals are grouped by."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="clinics")
    name = models.CharField(_("name"), max_length=200)
    area = models.CharField(_("area"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["programme", "name"], name="clinic_name_once_per_programme")]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do; `accounts.access` says what each role sees."""

    HEALTH_WORKER = "health_worker", _("Health worker")
    SUPERVISOR = "supervisor", _("Supervisor")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    PARTNER = "partner", _("Partner")
    ADMINISTRATOR = "administrator", _("Administrator")


CLINIC_ROLES = (Role.HEALTH_WORKER, Role.SUPERVISOR)

# What every row with a role, a programme and perhaps a clinic keeps to.
_CLINIC_FITS_ROLE = Q(role__in=CLINIC_ROLES, clinic__isnull=False) | (
    ~Q(role__in=CLINIC_ROLES) & Q(clinic__isnull=True)
)
# A check constraint cannot look into another table.
_CLINIC_OF_PROGRAMME = pgtrigger.Trigger(
    name="clinic_of_programme",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="""
                    IF NEW.clinic_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM accounts_clinic WHERE id = NEW.clinic_id AND programme_id = NEW.programme_id
                    ) THEN
                        RAISE EXCEPTION 'the clinic belongs to another programme' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Membership(models.Model):
    """One role of one user: in one clinic (health worker, supervisor) or in a whole programme (the others)."""

    class Source(models.TextChoices):
        """Who gave the role, and so who takes it away."""

        ASSIGNED = "assigned", _("assigned by an administrator")
        INVITATION = "invitation", _("invitation")
        CLAIM = "claim", _("claim of the organisation's sign-in")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    role = models.CharField(_("role"), max_length=32, choices=Role.choices)
    source = models.CharField(_("source"), max_length=16, choices=Source.choices, default=Source.ASSIGNED)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]
        triggers = [
            _CLINIC_OF_PROGRAMME,
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "programme", "clinic", "role"], nulls_distinct=False, name="membership_once"
            ),
            models.CheckConstraint(
                condition=_CLINIC_FITS_ROLE,
                name="membership_clinic_fits_role",
                violation_error_message=_(
                    "Health workers and supervisors need a clinic; the other roles span a programme."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions about invitations."""

    def open(self) -> InvitationQuerySet:
        """Return those that can still be accepted."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), exclude=["code_sha256"])
class Invitation(models.Model):
    """A role that waits for whoever signs in and shows its code: once, until it expires.

    open -> accepted | revoked | (expired). The code is stored as SHA-256 and shown once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="invitations")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations")
    role = models.CharField(_("role"), max_length=32, choices=Role.choices)
    code_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations_accepted"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        triggers = [_CLINIC_OF_PROGRAMME]
        constraints = [
            models.CheckConstraint(condition=_CLINIC_FITS_ROLE, name="invitation_clinic_fits_role"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, revoked_at__isnull=True),
                name="invitation_accepted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.id}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Questions about API tokens."""

    def live(self) -> ApiTokenQuerySet:
        """Return tokens that are neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


class ApiToken(models.Model):
    """An opaque bearer token of the API: stored as SHA-256, shown once, expiring, revocable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("device or purpose"), max_length=100)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"token {self.id}"


class PublishedKeys(models.Model):
    """The public signing keys that a tenant published last; processes share them, and go on with them in an outage."""

    discovery_url = models.URLField(primary_key=True)
    issuer = models.TextField()
    jwks = models.JSONField()
    fetched_at = models.FloatField(help_text=_("seconds since 1970"))

    class Meta:
        verbose_name_plural = "published keys"

    def __str__(self) -> str:
        return self.discovery_url
