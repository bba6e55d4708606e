"""Facts that somebody must act on arrive here."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from care.services import act_on_measurement, ask_for_manual_measurement
from children.models import Child, Measurement
from children.signals import manual_measurement_needed, measurement_recorded


@receiver(measurement_recorded)
def follow_measurement(sender: object, measurement: Measurement, **kwargs: Any) -> None:
    """Raise, attach, resolve alerts and plan follow-ups, in the transaction that stored the measurement."""
    act_on_measurement(measurement)


@receiver(manual_measurement_needed)
def follow_unusable_scan(sender: object, child: Child, reason: str, **kwargs: Any) -> None:
    """Plan "measure by hand today" after a scan that gave no estimate."""
    ask_for_manual_measurement(child=child, detail=reason)
