"""Each of the four signals has exactly its one receiver."""

from __future__ import annotations

import pytest

from analytics.erasure.receivers import follow_withdrawal
from care.receivers import follow_measurement, follow_unusable_scan
from children.signals import consent_withdrawn, manual_measurement_needed, measurement_recorded
from predictions.receivers import enqueue_session
from scans.signals import session_submitted


@pytest.mark.parametrize(
    ("signal", "receiver"),
    [
        (measurement_recorded, follow_measurement),
        (manual_measurement_needed, follow_unusable_scan),
        (consent_withdrawn, follow_withdrawal),
        (session_submitted, enqueue_session),
    ],
    ids=["measurement_recorded", "manual_measurement_needed", "consent_withdrawn", "session_submitted"],
)
def test_signal_has_its_one_receiver(signal, receiver):
    connected, _async = signal._live_receivers(sender=None)

    assert connected == [receiver]
