"""Where a child was sent, and whether it arrived."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Questions about referrals."""

    def visible_to(self, user: User) -> ReferralQuerySet:
        """Return referrals of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def waiting(self) -> ReferralQuerySet:
        """Return referrals whose outcome nobody has written down."""
        return self.filter(outcome="")


@pghistory.track()
class Referral(models.Model):
    """A child was sent to another place; the alerts that it answers point here (`alerts`).

    The outcome may be written again when more becomes known: unknown -> arrived -> treated.
    """

    class Outcome(models.TextChoices):
        ARRIVED = "arrived", _("Arrived")
        DID_NOT_ARRIVE = "did_not_arrive", _("Did not arrive")
        TREATED = "treated", _("Arrived and was treated")
        UNKNOWN = "unknown", _("Could not be found out")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="referrals")
    place = models.CharField(_("referred to"), max_length=200)
    referred_on = models.DateField(_("referred on"))
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)
    outcome_on = models.DateField(_("day of the outcome"), null=True, blank=True)
    outcome_note = models.CharField(_("note"), max_length=500, blank=True)
    outcome_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-referred_on", "-recorded_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(place=""), name="referral_names_a_place"),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_on__isnull=True, outcome_by__isnull=True)
                | (~Q(outcome="") & Q(outcome_on__isnull=False, outcome_by__isnull=False)),
                name="referral_outcome_with_day_and_person",
            ),
            models.CheckConstraint(
                condition=Q(outcome_on__isnull=True) | Q(outcome_on__gte=models.F("referred_on")),
                name="referral_outcome_not_before_it",
            ),
        ]

    def __str__(self) -> str:
        return f"referral {self.id}"
