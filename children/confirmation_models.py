"""ConfirmedQuestion: a value that was asked back about and that a person confirmed as entered.

Written by `children.services` together with the measurement, and never changed.
"""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from children.growth import SuspicionCode
from children.measurement_models import Measurement
from children.quantities import NAMES, printed_quantity


@pghistory.track()
class ConfirmedQuestion(models.Model):
    """One question about a measurement that a person answered with "right as entered": which, who and when.

    `field` is where it was asked. `values`: what it was about, one dict each, as an API client is asked: `field`,
    `entered`, `would_be`, `previous`, `previous_on`, `expected`. A correction that leaves the values takes it along.
    """

    class Code(models.TextChoices):
        UNIT_SLIP = SuspicionCode.UNIT_SLIP.value, _("another unit")
        DECIMAL_SLIP = SuspicionCode.DECIMAL_SLIP.value, _("a slipped decimal point")
        DIGITS = SuspicionCode.DIGITS.value, _("mixed-up digits")
        SWAP = SuspicionCode.SWAP.value, _("weight and length swapped")
        CARRIED_FORWARD = SuspicionCode.CARRIED_FORWARD.value, _("values carried forward")
        REPEATED_VISIT = SuspicionCode.REPEATED_VISIT.value, _("the same visit twice")
        SHRINKAGE = SuspicionCode.SHRINKAGE.value, _("a child that shrank")
        FAST_CHANGE = SuspicionCode.FAST_CHANGE.value, _("a change too fast")
        JUMP = SuspicionCode.JUMP.value, _("a value far from the child's own curve")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    measurement = models.ForeignKey(Measurement, on_delete=models.CASCADE, related_name="confirmed_questions")
    code = models.CharField(_("question"), max_length=32, choices=Code.choices)
    field = models.CharField(_("field"), max_length=24, choices=list(NAMES.items()))
    values = models.JSONField(_("values"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["field"]
        constraints = [
            models.UniqueConstraint(fields=["measurement", "field"], name="one_confirmed_question_per_field"),
        ]

    def __str__(self) -> str:
        return f"confirmed question {self.id}"

    @property
    def entered_words(self) -> str:
        """The confirmed values with names and units: weight 14 kg."""
        return ", ".join(
            f"{NAMES[value['field']]} {printed_quantity(value['field'], value['entered'])}" for value in self.values
        )

    @property
    def confirmed_by_name(self) -> str:
        """Who confirmed it, as pages name people."""
        return self.confirmed_by.get_full_name() or self.confirmed_by.get_username()
