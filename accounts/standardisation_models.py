"""The standardisation test: ten children, each measured twice by every measurer and by a reference on one day.

Whether somebody passes is arithmetic (`children.growth.survey.standardisation`); what is stored is what was read. The
children are numbers: no name, no record of theirs is touched.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CHILDREN, TURNS = 10, 2


class StandardisationTest(models.Model):
    """One test of one day: open -> closed. Readings can be changed while it is open; closing it gives certificates."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(
        "accounts.Clinic", on_delete=models.PROTECT, related_name="standardisation_tests", verbose_name=_("clinic")
    )
    held_on = models.DateField(_("held on"))
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("held by")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-held_on", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="standardisation_closed_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"standardisation test {self.id}"

    @property
    def is_closed(self) -> bool:
        """True once its readings stand."""
        return self.closed_at is not None


class StandardisationSheet(models.Model):
    """The readings of one person in one test; one sheet of a test is the reference that the others are held against."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    test = models.ForeignKey(StandardisationTest, on_delete=models.CASCADE, related_name="sheets")
    measurer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="standardisation_sheets",
        verbose_name=_("measurer"),
    )
    is_reference = models.BooleanField(_("reference"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-is_reference", "created_at"]
        constraints = [
            models.UniqueConstraint(fields=["test", "measurer"], name="standardisation_one_sheet_each"),
            models.UniqueConstraint(
                fields=["test"], condition=Q(is_reference=True), name="standardisation_one_reference"
            ),
        ]

    def __str__(self) -> str:
        return f"standardisation sheet {self.id}"


class StandardisationReading(models.Model):
    """What one person read off for one child in one turn; a value that was not taken is NULL."""

    sheet = models.ForeignKey(StandardisationSheet, on_delete=models.CASCADE, related_name="readings")
    child_number = models.PositiveSmallIntegerField(
        _("child"), validators=[MinValueValidator(1), MaxValueValidator(CHILDREN)]
    )
    turn = models.PositiveSmallIntegerField(_("turn"), validators=[MinValueValidator(1), MaxValueValidator(TURNS)])
    weight_kg = models.DecimalField(_("weight, kg"), max_digits=6, decimal_places=3, null=True, blank=True)
    length_height_cm = models.DecimalField(
        _("length or height, cm"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    muac_mm = models.DecimalField(_("MUAC, mm"), max_digits=5, decimal_places=1, null=True, blank=True)

    class Meta:
        ordering = ["child_number", "turn"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "child_number", "turn"], name="standardisation_one_reading"),
            models.CheckConstraint(
                condition=Q(child_number__range=(1, CHILDREN), turn__range=(1, TURNS)),
                name="standardisation_ten_children_twice",
            ),
            models.CheckConstraint(
                condition=(Q(weight_kg__isnull=True) | Q(weight_kg__gt=0))
                & (Q(length_height_cm__isnull=True) | Q(length_height_cm__gt=0))
                & (Q(muac_mm__isnull=True) | Q(muac_mm__gt=0)),
                name="standardisation_readings_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"reading {self.sheet_id} {self.child_number}.{self.turn}"


class CertificateQuerySet(models.QuerySet["StandardisationCertificate"]):
    """Questions about certificates."""

    def valid_on(self, day: date) -> CertificateQuerySet:
        """Return those in force on `day`, both ends included."""
        return self.filter(issued_on__lte=day, valid_until__gte=day)


class StandardisationCertificate(models.Model):
    """A person passed a test in everything that they measure. It is never changed; a new test gives a new one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sheet = models.OneToOneField(StandardisationSheet, on_delete=models.PROTECT, related_name="certificate")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="standardisation_certificates"
    )
    issued_on = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on"]
        indexes = [models.Index(fields=["user", "valid_until"], name="certificate_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("issued_on")), name="certificate_valid_from_its_issue_on"
            )
        ]

    def __str__(self) -> str:
        return f"certificate {self.id}"
