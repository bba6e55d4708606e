"""The log of looking for children who did not come: attempts, why nobody was reached, how it ended."""

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


class TracingQuerySet(models.QuerySet["Tracing"]):
    """Questions about tracings."""

    def visible_to(self, user: User) -> TracingQuerySet:
        """Return tracings of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))

    def open(self) -> TracingQuerySet:
        """Return tracings without a final outcome."""
        return self.filter(outcome="")


@pghistory.track()
class Tracing(models.Model):
    """Looking for one child: opened by the first attempt, ended by a final outcome with its day.

    At most one is open per child. A visit ends it as returned.
    """

    class Outcome(models.TextChoices):
        RETURNED = "returned", _("Came back")
        TREATED_ELSEWHERE = "treated_elsewhere", _("Is treated elsewhere")
        REFUSED = "refused", _("The family does not want to come")
        MOVED = "moved", _("Moved away")
        DIED = "died", _("Died")
        NOT_FOUND = "not_found", _("Could not be found")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="tracings")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("final outcome"), max_length=32, choices=Outcome.choices, blank=True)
    outcome_on = models.DateField(_("day of the outcome"), null=True, blank=True)
    outcome_note = models.CharField(_("note"), max_length=500, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = TracingQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["child"], condition=Q(outcome=""), name="one_open_tracing_per_child"),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_on__isnull=True, closed_by__isnull=True)
                | (~Q(outcome="") & Q(outcome_on__isnull=False, closed_by__isnull=False)),
                name="tracing_outcome_with_day_and_person",
            ),
        ]

    def __str__(self) -> str:
        return f"tracing {self.id}"


@pghistory.track()
class TracingAttempt(models.Model):
    """One try to reach the family. `reason_not_reached` is given exactly where nobody was reached."""

    class Way(models.TextChoices):
        PHONE = "phone", _("Phone call")
        VISIT = "visit", _("Home visit")
        COMMUNITY = "community", _("Through a community worker or neighbour")

    class NotReached(models.TextChoices):
        NO_ANSWER = "no_answer", _("Nobody answered the phone")
        WRONG_NUMBER = "wrong_number", _("Wrong number, or none")
        NOBODY_HOME = "nobody_home", _("Nobody at home")
        ADDRESS_UNKNOWN = "address_unknown", _("The home was not found")
        MOVED = "moved", _("The family has moved")
        TOO_FAR = "too_far", _("Too far, or the way was not safe")
        OTHER = "other", _("Another reason")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tracing = models.ForeignKey(Tracing, on_delete=models.CASCADE, related_name="attempts")
    attempted_on = models.DateField(_("day"))
    way = models.CharField(_("how"), max_length=16, choices=Way.choices)
    was_reached = models.BooleanField(_("the family was reached"))
    reason_not_reached = models.CharField(_("why not"), max_length=32, choices=NotReached.choices, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["attempted_on", "recorded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(was_reached=True, reason_not_reached="")
                | (Q(was_reached=False) & ~Q(reason_not_reached="")),
                name="attempt_reached_or_says_why_not",
            ),
        ]

    def __str__(self) -> str:
        return f"tracing attempt {self.id}"
