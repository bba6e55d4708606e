"""Recovery from acute malnutrition, by the cut-offs and the visits of WHO's guideline of 2023."""

from __future__ import annotations

from datetime import date

import pytest

from children.growth.change.recovery import deciding_days, meets_recovery

MAY = [date(2026, 5, day) for day in (1, 8, 15)]


@pytest.mark.parametrize(
    ("whz", "muac_mm", "oedema", "free"),
    [
        (-2.0, 125.0, False, True),
        (-2.0, 125.0, None, True),
        (-2.01, 125.0, False, False),
        (-2.0, 124.9, False, False),
        (1.0, 140.0, True, False),
        (None, 140.0, False, False),
        (1.0, None, False, False),
    ],
)
def test_a_visit_is_free_by_weight_for_height_muac_and_oedema_together(
    whz: float | None, muac_mm: float | None, oedema: bool | None, free: bool
) -> None:
    assert meets_recovery(whz=whz, muac_mm=muac_mm, oedema=oedema) is free


@pytest.mark.parametrize(
    ("days", "last_evidence_on", "deciding"),
    [
        ([MAY[0], MAY[1], MAY[2]], None, (MAY[2], MAY[1])),
        ([MAY[2], MAY[0], MAY[1]], MAY[0], (MAY[2], MAY[1])),
        ([MAY[0], MAY[1], MAY[2]], MAY[1], ()),  # the evidence is of one of the two days
        ([MAY[0], MAY[1]], date(2026, 5, 30), ()),
        ([MAY[1], MAY[1]], None, ()),  # two rows of one day are one visit
        ([], None, ()),
    ],
)
def test_the_last_two_days_decide_when_both_are_after_the_evidence(
    days: list[date], last_evidence_on: date | None, deciding: tuple[date, ...]
) -> None:
    assert deciding_days(days, last_evidence_on=last_evidence_on) == deciding
