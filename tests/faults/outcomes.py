"""What became of the sessions of a fault test."""

from __future__ import annotations

from children.models import Measurement
from predictions.models import Prediction
from scans.models import ScanSession

State = ScanSession.State
PATIENCE_SECONDS = 600


def states() -> dict[str, int]:
    counted: dict[str, int] = {}
    for state in ScanSession.objects.values_list("state", flat=True):
        counted[state] = counted.get(state, 0) + 1
    return counted


def assert_each_session_has_one_result(expected: int) -> None:
    assert states() == {State.SUCCEEDED: expected}
    assert Prediction.objects.count() == expected
    assert Measurement.objects.filter(source=Measurement.Source.SCAN).count() == expected
