"""Treatment of acute malnutrition from admission to exit. Its weekly visits are the child's measurements."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import Clinic, User


class TreatmentQuerySet(models.QuerySet["TreatmentEpisode"]):
    """Questions about treatment episodes."""

    def visible_to(self, user: User) -> TreatmentQuerySet:
        """Return episodes of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def open(self) -> TreatmentQuerySet:
        """Return episodes of children who are in treatment."""
        return self.filter(exit="")


@pghistory.track()
class TreatmentEpisode(models.Model):
    """One stay in treatment: admitted -> recovered | died | defaulted | non_response | transferred.

    At most one is open per child. `clinic` is where it was admitted: the cohort that it counts in. An exit is a
    person's decision; rules only propose it.
    """

    class Kind(models.TextChoices):
        SAM = "sam", _("Severe acute malnutrition")
        MAM = "mam", _("Moderate acute malnutrition")

    class Criterion(models.TextChoices):
        WHZ = "whz", _("Weight-for-length/height")
        MUAC = "muac", _("MUAC")
        WHZ_AND_MUAC = "whz_and_muac", _("Weight-for-length/height and MUAC")
        OEDEMA = "oedema", _("Bilateral oedema")

    class Admission(models.TextChoices):
        NEW = "new", _("New")
        RELAPSE = "relapse", _("Relapse after recovery")
        RETURN = "return", _("Return after default")
        TRANSFER_IN = "transfer_in", _("Transfer from another programme")

    class Exit(models.TextChoices):
        RECOVERED = "recovered", _("Recovered")
        DIED = "died", _("Died")
        DEFAULTED = "defaulted", _("Defaulted")
        NON_RESPONSE = "non_response", _("Did not respond")
        TRANSFERRED = "transferred", _("Transferred")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="treatment_episodes")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("treated for"), max_length=8, choices=Kind.choices)
    criterion = models.CharField(_("admission criterion"), max_length=16, choices=Criterion.choices)
    admission = models.CharField(_("type of admission"), max_length=16, choices=Admission.choices)
    admitted_on = models.DateField(_("admitted on"))
    admitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    exit = models.CharField(_("exit"), max_length=16, choices=Exit.choices, blank=True)
    exited_on = models.DateField(_("exit on"), null=True, blank=True)
    exited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    exit_recorded_at = models.DateTimeField(null=True, blank=True)
    exit_note = models.CharField(_("note"), max_length=500, blank=True)

    objects = TreatmentQuerySet.as_manager()

    class Meta:
        ordering = ["-admitted_on", "-recorded_at"]
        indexes = [
            models.Index(fields=["clinic", "exited_on"]),
            models.Index(fields=["clinic", "admitted_on"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["child"], condition=Q(exit=""), name="one_open_treatment_per_child"),
            models.CheckConstraint(
                condition=Q(exit="", exited_on__isnull=True, exited_by__isnull=True, exit_recorded_at__isnull=True)
                | (~Q(exit="") & Q(exited_on__isnull=False, exited_by__isnull=False, exit_recorded_at__isnull=False)),
                name="treatment_exit_with_day_and_person",
            ),
            models.CheckConstraint(
                condition=Q(exited_on__isnull=True) | Q(exited_on__gte=models.F("admitted_on")),
                name="treatment_exit_not_before_admission",
            ),
            models.CheckConstraint(
                condition=~Q(kind="mam") | ~Q(criterion="oedema"), name="treatment_of_oedema_is_of_sam"
            ),
        ]

    def __str__(self) -> str:
        return f"treatment episode {self.id}"
