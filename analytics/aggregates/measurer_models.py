"""Measurer cells: what tells how well somebody measures, counted by clinic and month.

Counts and histograms of visits by hand, from which the engine's checks follow without reading the visits again.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic

DIGITS = 10
MONTHS_OF_YEAR = 12
WHZ_BINS_PER_Z = 10
WHZ_LIMIT = 5  # WHO flags a WHZ beyond


def _count() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0)


def _counts() -> ArrayField:
    return ArrayField(models.PositiveIntegerField())


class MeasurerCell(models.Model):
    """The visits by hand of one measurer in one clinic and month, children of 6-59 months as in SMART's checks.

    measurer: the name in "measured by", small letters, single blanks; empty where none was given. Digits: visits by
    the last digit of the value, 0-9, of weight in 0.1 kg, length or height in 0.1 cm, MUAC in mm. ages: by completed
    month within the year, 0-11. whz_tenths: WHZ that WHO does not flag, rounded to 0.1, from -5.0 in steps of 0.1.
    """

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text=_("first day of the month"))
    measurer = models.CharField(max_length=200)
    visits = _count()
    girls = _count()
    boys = _count()
    aged_6_29 = _count()
    aged_30_59 = _count()
    haz_n = _count()
    haz_flagged = _count()
    whz_n = _count()
    whz_flagged = _count()
    weight_digits = _counts()
    length_height_digits = _counts()
    muac_digits = _counts()
    ages = _counts()
    whz_tenths = _counts()

    class Meta:
        indexes = [models.Index(fields=["month"], name="measurer_cell_month")]
        constraints = [models.UniqueConstraint(fields=["clinic", "month", "measurer"], name="measurer_cell_once")]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.month:%Y-%m} measurer {self.pk}"
