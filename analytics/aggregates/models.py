"""Growth cells: how many children of a clinic, month, sex and age group were counted, and how many were cases.

The unit is the child-month: one child in one month and clinic, each index by its last usable value of the month that
was measured by hand. So numerator and denominator come from the same rows. Visits are counted beside it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Clinic
from children.models import Child


class AgeGroup(models.TextChoices):
    """Completed months at the last visit of the month; WHO's groups of a prevalence table."""

    M0_5 = "0-5", _("0-5 months")
    M6_11 = "6-11", _("6-11 months")
    M12_23 = "12-23", _("12-23 months")
    M24_35 = "24-35", _("24-35 months")
    M36_47 = "36-47", _("36-47 months")
    M48_59 = "48-59", _("48-59 months")
    M60_UP = "60+", _("5 years and more")


UNDER_FIVE = tuple(group for group in AgeGroup if group is not AgeGroup.M60_UP)

COUNTS = (
    "visits",  # days on which a child was assessed, by hand or by film: screenings
    "visits_by_hand",
    "children",  # child-months with a visit by hand
    "haz_n",
    "stunted",
    "severely_stunted",
    "waz_n",
    "underweight",
    "severely_underweight",
    "whz_n",  # with the children with oedema, who have no WHZ: WHO counts them as severely wasted
    "wasted",
    "severely_wasted",
    "overweight",
    "obese",
    "muac_n",  # 6-59 months, like the rows below
    "muac_moderate",
    "muac_severe",
    "oedema",
    "acute_n",
    "mam",
    "sam",
    "both_known",  # WHZ and MUAC of one visit are known: who finds whom
    "by_whz_only",
    "by_muac_only",
    "by_both",
    "haz_flagged",
    "waz_flagged",
    "whz_flagged",
)


def _count() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0)


class GrowthCell(models.Model):
    """The counts of one clinic, month, sex and age group. Written by `refresh` alone; gone when nothing is left."""

    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text=_("first day of the month"))
    sex = models.CharField(max_length=1, choices=Child.Sex.choices)
    age_group = models.CharField(max_length=8, choices=AgeGroup.choices)
    visits = _count()
    visits_by_hand = _count()
    children = _count()
    haz_n = _count()
    stunted = _count()
    severely_stunted = _count()
    waz_n = _count()
    underweight = _count()
    severely_underweight = _count()
    whz_n = _count()
    wasted = _count()
    severely_wasted = _count()
    overweight = _count()
    obese = _count()
    muac_n = _count()
    muac_moderate = _count()
    muac_severe = _count()
    oedema = _count()
    acute_n = _count()
    mam = _count()
    sam = _count()
    both_known = _count()
    by_whz_only = _count()
    by_muac_only = _count()
    by_both = _count()
    haz_flagged = _count()
    waz_flagged = _count()
    whz_flagged = _count()

    class Meta:
        indexes = [models.Index(fields=["month"], name="growth_cell_month")]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "month", "sex", "age_group"], name="growth_cell_once"),
            models.CheckConstraint(
                condition=Q(stunted__lte=models.F("haz_n"))
                & Q(underweight__lte=models.F("waz_n"))
                & Q(wasted__lte=models.F("whz_n"))
                & Q(mam__lte=models.F("acute_n") - models.F("sam")),
                name="growth_cell_no_share_above_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.month:%Y-%m} {self.sex} {self.age_group}"


class TouchedMonth(models.Model):
    """A clinic and month whose visits changed. Database triggers write rows here, in the transaction of the change.

    One row for each change, without a unique constraint: two workers that touch the same month must not wait for each
    other. `refresh` takes them away.
    """

    clinic_id = models.UUIDField()
    month = models.DateField()

    def __str__(self) -> str:
        return f"{self.clinic_id} {self.month:%Y-%m}"
