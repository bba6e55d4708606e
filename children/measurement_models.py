"""Measurement: accepted as true of a child on a day. GrowthAssessment: z-scores and classes of one measurement.

A measurement is never edited. `children.services` holds the only doors: record, correct, void.
"""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import Clinic, User
from children.growth import Position as GrowthPosition
from children.growth import RiskLevel as GrowthRiskLevel
from children.growth import Source as GrowthSource

# What is read off a tool, each with its unit in its name.
QUANTITY_FIELDS = ("weight_kg", "length_height_cm", "muac_mm", "head_circumference_cm")


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    """Questions about measurements."""

    def visible_to(self, user: User) -> MeasurementQuerySet:
        """Return measurements of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def active(self) -> MeasurementQuerySet:
        """Return measurements that count: neither corrected nor void."""
        return self.filter(state=Measurement.State.ACTIVE)

    def manual(self) -> MeasurementQuerySet:
        """Return measurements taken by hand."""
        return self.filter(source=Measurement.Source.MANUAL)

    def counted(self) -> MeasurementQuerySet:
        """Return what classes and counts use: active, and no scan that a manual value has superseded."""
        return self.active().filter(superseded_by__isnull=True)


@pghistory.track()
class Measurement(models.Model):
    """What was measured of a child on a day; missing values are NULL.

    A scan stores length or height with its SD and nothing else. States: active -> corrected (another row took its
    place) | void. A manual length or height within 24 hours supersedes a scan (`superseded_by`) in classes and counts.
    """

    class Position(models.TextChoices):
        LENGTH = GrowthPosition.LENGTH.value, _("lying (length)")
        HEIGHT = GrowthPosition.HEIGHT.value, _("standing (height)")

    class Source(models.TextChoices):
        MANUAL = GrowthSource.MANUAL.value, _("measured by hand")
        SCAN = GrowthSource.SCAN.value, _("scan (screening estimate)")

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        CORRECTED = "corrected", _("corrected")
        VOID = "void", _("void")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="measurements")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(_("source"), max_length=8, choices=Source.choices, default=Source.MANUAL)
    measured_on = models.DateField(_("measured on"))
    measured_at = models.DateTimeField(_("measured at"))
    weight_kg = models.DecimalField(_("weight, kg"), max_digits=6, decimal_places=3, null=True, blank=True)
    length_height_cm = models.DecimalField(
        _("length or height, cm"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    length_height_sd_cm = models.DecimalField(
        _("its standard deviation, cm"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    position = models.CharField(_("position"), max_length=6, choices=Position.choices, blank=True)
    muac_mm = models.DecimalField(_("MUAC, mm"), max_digits=5, decimal_places=1, null=True, blank=True)
    head_circumference_cm = models.DecimalField(
        _("head circumference, cm"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    oedema = models.BooleanField(_("bilateral pitting oedema"), null=True, blank=True)
    measured_by = models.CharField(_("measured by"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.ACTIVE)
    corrects = models.OneToOneField(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="corrected_by"
    )
    superseded_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(_("corrected or void since"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        ordering = ["-measured_at", "-recorded_at"]
        indexes = [models.Index(fields=["child", "-measured_at"]), models.Index(fields=["clinic", "measured_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight_kg__isnull=True) | Q(weight_kg__gt=0), name="measurement_weight_positive"
            ),
            models.CheckConstraint(
                condition=Q(length_height_cm__isnull=True, position="", length_height_sd_cm__isnull=True)
                | Q(length_height_cm__gt=0, position__in=["length", "height"]),
                name="measurement_length_with_position",
            ),
            models.CheckConstraint(
                condition=Q(muac_mm__isnull=True) | Q(muac_mm__gt=0), name="measurement_muac_positive"
            ),
            models.CheckConstraint(
                condition=Q(head_circumference_cm__isnull=True) | Q(head_circumference_cm__gt=0),
                name="measurement_head_positive",
            ),
            models.CheckConstraint(
                condition=Q(source="manual", length_height_sd_cm__isnull=True)
                | Q(
                    source="scan",
                    length_height_sd_cm__gt=0,
                    weight_kg__isnull=True,
                    muac_mm__isnull=True,
                    head_circumference_cm__isnull=True,
                    oedema__isnull=True,
                ),
                name="measurement_scan_stores_length_with_sd_only",
            ),
            models.CheckConstraint(
                condition=Q(weight_kg__isnull=False)
                | Q(length_height_cm__isnull=False)
                | Q(muac_mm__isnull=False)
                | Q(head_circumference_cm__isnull=False)
                | Q(oedema__isnull=False),
                name="measurement_has_a_value",
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_at__isnull=True, ended_by__isnull=True, end_reason="")
                | (~Q(state="active") & Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="measurement_end_with_who_when_why",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by__isnull=True) | Q(source="scan"), name="measurement_only_scans_superseded"
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | ~Q(corrects=F("id")), name="measurement_corrects_another"
            ),
        ]

    def __str__(self) -> str:
        return f"measurement {self.id}"

    @property
    def is_scan(self) -> bool:
        """True for a screening estimate from a film."""
        return self.source == self.Source.SCAN

    @property
    def assessment(self) -> GrowthAssessment | None:
        """The assessment in force; uses the prefetched `current_assessments` or `assessments` where there are any."""
        known = self.__dict__.get("current_assessments")  # a list: for pages of thousands of visits
        return next((a for a in (self.assessments.all() if known is None else known) if a.is_current), None)


def _zscore_field(label: str) -> models.DecimalField:
    return models.DecimalField(label, max_digits=6, decimal_places=2, null=True, blank=True)


@pghistory.track()
class GrowthAssessment(models.Model):
    """z-scores, flags, classes and risk level of one measurement, with the standard and engine that gave them.

    Recomputing adds a row and retires the old one (`is_current`), so old values stay readable. z-scores have two
    decimals, flagged ones included; `flags` name those that are implausible and used in no class.
    """

    class RiskLevel(models.TextChoices):
        CRITICAL = GrowthRiskLevel.CRITICAL.value, _("Critical")
        HIGH = GrowthRiskLevel.HIGH.value, _("High")
        MODERATE = GrowthRiskLevel.MODERATE.value, _("Moderate")
        LOW = GrowthRiskLevel.LOW.value, _("Low")
        NONE = GrowthRiskLevel.NONE.value, _("No concern")
        UNKNOWN = GrowthRiskLevel.UNKNOWN.value, _("Measure again")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measurement = models.ForeignKey(Measurement, on_delete=models.CASCADE, related_name="assessments")
    is_current = models.BooleanField(default=True)
    standard = models.CharField(max_length=16)
    engine_version = models.CharField(max_length=16)
    computed_at = models.DateTimeField(default=timezone.now, editable=False)
    age_days = models.IntegerField(_("age, days"))
    corrected_age_days = models.IntegerField(_("corrected age, days"), null=True, blank=True)
    haz = _zscore_field("HAZ")
    waz = _zscore_field("WAZ")
    whz = _zscore_field("WHZ")
    baz = _zscore_field("BAZ")
    acz = _zscore_field("ACZ")
    hcz = _zscore_field("HCZ")
    zscore_intervals = models.JSONField(default=dict, blank=True, help_text=_("80 % interval by index: [low, high]"))
    crossed_cutoffs = models.JSONField(
        default=list, blank=True, help_text=_("Action cut-offs inside a scan's 80 % interval: [index, z]")
    )
    class_probabilities = models.JSONField(default=dict, blank=True)
    predicted_probabilities = models.JSONField(
        default=dict, blank=True, help_text=_("Acute classes by the weight and MUAC that a model predicted")
    )
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    missing = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    acute = models.CharField(_("acute malnutrition"), max_length=16, blank=True)
    criteria = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    stunting = models.CharField(max_length=16, blank=True)
    wasting = models.CharField(max_length=16, blank=True)
    underweight = models.CharField(max_length=16, blank=True)
    overweight = models.CharField(max_length=16, blank=True)
    thinness = models.CharField(max_length=16, blank=True)
    infant_at_risk = models.BooleanField(null=True, blank=True)
    rows = models.JSONField(
        default=list,
        blank=True,
        help_text=_("True rows of the banner: code, risk_level, action, follow_up_days, criteria"),
    )
    risk_level = models.CharField(_("risk level"), max_length=16, choices=RiskLevel.choices)
    borrowed_weight_from = models.ForeignKey(
        Measurement, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-computed_at"]
        indexes = [models.Index(fields=["risk_level"], condition=Q(is_current=True), name="assessment_current_risk")]
        constraints = [
            models.UniqueConstraint(
                fields=["measurement"], condition=Q(is_current=True), name="one_current_assessment_per_measurement"
            ),
        ]

    def __str__(self) -> str:
        return f"assessment {self.id}"

    @property
    def banner_row(self) -> dict[str, object]:
        """The row of the one answer: the first true row that is not "unknown", else that one."""
        return next(row for row in self.rows if row["risk_level"] == self.risk_level)
