"""Cells of cases: who is found by which criterion, and how far care went for those who were found."""

from __future__ import annotations

from enum import IntFlag

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic
from analytics.aggregates.models import AgeGroup
from children.models import Child


class Found(IntFlag):
    """The criteria that a child-month meets, as stored in `CriteriaCell.met`."""

    WHZ = 1
    MUAC = 2
    OEDEMA = 4
    WAZ = 8
    STUNTED = 16  # HAZ below -2, at either level: stunted and wasted together is the deadliest


class CriteriaCell(models.Model):
    """How many child-months of 6-59 months met exactly these criteria; one row for each set that occurs.

    level: `severe` (WHZ -3, MUAC 115 mm, WAZ -3) or `global` (WHZ -2, MUAC 125 mm, WAZ -2); oedema is in both. The
    unit is the last visit by hand of the month with MUAC, and with WHZ and WAZ or oedema, which has neither.
    """

    class Level(models.TextChoices):
        SEVERE = "severe", _("Severe acute malnutrition")
        GLOBAL = "global", _("Severe and moderate acute malnutrition")

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text=_("first day of the month"))
    sex = models.CharField(max_length=1, choices=Child.Sex.choices)
    age_group = models.CharField(max_length=8, choices=AgeGroup.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    met = models.PositiveSmallIntegerField(help_text=_("sum of the criteria met"))
    children = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["month"], name="criteria_cell_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "month", "sex", "age_group", "level", "met"], name="criteria_cell_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.month:%Y-%m} {self.level} {self.met}"


class FunnelCell(models.Model):
    """How many children of 6-59 months took a step in a month, by when they had last taken it in this clinic before.

    `month_before` lets any window count each child once: its first month within the window is the one whose
    `month_before` lies before the window, or is none. Steps after `found` are of the children found in that month.
    """

    class Case(models.TextChoices):
        ACUTE = "acute", _("SAM and MAM")
        SEVERE = "sam", _("SAM")

    class Step(models.TextChoices):
        SCREENED = "screened", _("Screened")
        FOUND = "found", _("Found")
        TAKEN_UP = "taken_up", _("Taken up")
        REFERRED = "referred", _("Referred or admitted")
        TREATED = "treated", _("Treated")
        RECOVERED = "recovered", _("Recovered")

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text=_("first day of the month"))
    month_before = models.DateField(null=True, help_text=_("first day of the month, or none"))
    sex = models.CharField(max_length=1, choices=Child.Sex.choices)
    case = models.CharField(max_length=8, choices=Case.choices)
    step = models.CharField(max_length=16, choices=Step.choices)
    children = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["month"], name="funnel_cell_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "month", "month_before", "sex", "case", "step"],
                nulls_distinct=False,
                name="funnel_cell_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.month:%Y-%m} {self.case} {self.step}"
