"""The child and those who answer for it. Measurements are in `children.measurements`."""

from __future__ import annotations

import secrets
import uuid
from datetime import date

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of, clinics_under_codes_for
from accounts.models import Clinic, User
from children.confirmation_models import ConfirmedQuestion
from children.erasure_models import ErasureRecord, ErasureRequest
from children.growth import Sex as GrowthSex
from children.measurement_models import GrowthAssessment, Measurement
from children.search_models import SearchEntry
from children.status_models import ChildStatus, StatusChange

__all__ = [
    "Child",
    "ConfirmedQuestion",
    "Consent",
    "ErasureRecord",
    "ErasureRequest",
    "GrowthAssessment",
    "Guardian",
    "Measurement",
    "SearchEntry",
    "StatusChange",
]

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: read aloud and copied by hand
FULL_TERM_WEEKS = 37  # born before it: preterm (WHO)


def new_child_code() -> str:
    """Return a random code of a child, such as K7Q2-9XRM: on the card, in exports, instead of a name."""
    part = [secrets.choice(CODE_ALPHABET) for _i in range(8)]
    return "".join(part[:4]) + "-" + "".join(part[4:])


class ChildQuerySet(models.QuerySet["Child"]):
    """Questions about children. Pages and the API begin with `visible_to`."""

    def visible_to(self, user: User) -> ChildQuerySet:
        """Return the children of the clinics where `user` works."""
        return self.filter(clinic__in=clinics_of(user))

    def under_codes_for(self, user: User) -> ChildQuerySet:
        """Return the children whom a programme manager sees under codes, without names."""
        return self.filter(clinic__in=clinics_under_codes_for(user))


@pghistory.track()
class Child(models.Model):
    """A child under care.

    `born_on` is exact, or the middle of what is known when `birth_date_estimated`. Gestation is kept for children born
    preterm: completed weeks and days.
    """

    class Sex(models.TextChoices):
        FEMALE = GrowthSex.FEMALE.value, _("Girl")
        MALE = GrowthSex.MALE.value, _("Boy")

    Status = ChildStatus

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=9, unique=True, default=new_child_code, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(_("name"), max_length=200)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices)
    born_on = models.DateField(_("date of birth"))
    birth_date_estimated = models.BooleanField(_("date of birth is estimated"), default=False)
    gestation_weeks = models.PositiveSmallIntegerField(
        _("gestation, completed weeks"),
        null=True,
        blank=True,
        validators=[MinValueValidator(22), MaxValueValidator(44)],
    )
    gestation_days = models.PositiveSmallIntegerField(
        _("and days"), null=True, blank=True, validators=[MaxValueValidator(6)]
    )
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.ACTIVE)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField(auto_now_add=True)

    objects = ChildQuerySet.as_manager()

    class Meta:
        ordering = ["-registered_at", "id"]
        verbose_name_plural = "children"
        indexes = [models.Index(fields=["clinic", "-registered_at"]), models.Index(fields=["sex", "born_on"])]
        constraints = [
            models.CheckConstraint(condition=Q(sex__in=["M", "F"]), name="child_sex_known"),
            models.CheckConstraint(
                condition=Q(gestation_weeks__isnull=True) | Q(gestation_weeks__range=(22, 44)),
                name="child_gestation_weeks_plausible",
            ),
            models.CheckConstraint(
                condition=Q(gestation_days__isnull=True) | Q(gestation_days__lte=6, gestation_weeks__isnull=False),
                name="child_gestation_days_with_weeks",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def gestation_total_days(self) -> int | None:
        """Gestation in days, or None when it is not known (taken as born at term)."""
        if self.gestation_weeks is None:
            return None
        return self.gestation_weeks * 7 + (self.gestation_days or 0)

    @property
    def is_preterm(self) -> bool:
        """True when born before 37 completed weeks."""
        return self.gestation_weeks is not None and self.gestation_weeks < FULL_TERM_WEEKS

    def age_days_on(self, day: date) -> int:
        """Return the age in completed days on `day`; negative before birth."""
        return (day - self.born_on).days


@pghistory.track()
class Guardian(models.Model):
    """Who answers for a child and may be called."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="guardians")
    name = models.CharField(_("name"), max_length=200)
    relation = models.CharField(_("relation to the child"), max_length=50, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"guardian {self.id}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Questions about consents."""

    def live(self) -> ConsentQuerySet:
        """Return consents that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


@pghistory.track()
class Consent(models.Model):
    """What a guardian agreed to, for one purpose; it is never edited, only withdrawn.

    `text_sha256` is the hash of the words that were read to the guardian, `text_version` their version.
    """

    class Purpose(models.TextChoices):
        CARE = "care", _("Care: keep the health record")
        SCAN = "scan", _("Scan: film the child to estimate its length or height")
        IMAGE_REVIEW = "image_review", _("Image review: staff look at frames with the face hidden")
        RESEARCH_TRAINING = "research_training", _("Research: train the measuring model")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="consents")
    guardian = models.ForeignKey(Guardian, on_delete=models.SET_NULL, null=True, blank=True, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=32, choices=Purpose.choices)
    text_version = models.CharField(max_length=32)
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10, default="en")
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawal_reason = models.CharField(max_length=500, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["child", "purpose"], condition=Q(withdrawn_at__isnull=True), name="one_live_consent_per_purpose"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="consent_withdrawn_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]

    def __str__(self) -> str:
        return f"consent {self.purpose} {self.id}"
