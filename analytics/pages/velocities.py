"""Weight velocity of each visit for the table: since the last earlier weight for which WHO has a window."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt

from children.growth import Sex
from children.growth.age import DAYS_PER_MONTH, corrected_age_days
from children.growth.change.velocity import velocity_zscores
from children.models import Child, Measurement

IntArray = npt.NDArray[np.intp]

LONGEST_DAYS = 8 * DAYS_PER_MONTH  # WHO's longest interval is 6 months, with some tolerance


def velocities_of(child: Child, visits: Sequence[Measurement]) -> dict[UUID, float]:
    """Return velocity z-scores by measurement; weights by hand that count, without oedema; `visits` newest first."""
    weighed = [
        visit
        for visit in visits
        if visit.state == Measurement.State.ACTIVE
        and not visit.is_scan
        and visit.weight_kg is not None
        and not visit.oedema
    ]
    ages = [child.age_days_on(visit.measured_on) for visit in weighed]
    corrected = [corrected_age_days(age_days=age, gestation_days=child.gestation_total_days) for age in ages]
    starts = np.array(
        [age if other is None else other for age, other in zip(ages, corrected, strict=True)], dtype=float
    )
    days, weights = np.array(ages, dtype=float), np.array([float(visit.weight_kg) for visit in weighed])
    later, earlier = _pairs_within(days, LONGEST_DAYS)
    if not later.size:
        return {}
    z = velocity_zscores(
        sex=Sex(child.sex),
        start_age_days=starts[earlier],
        end_age_days=starts[earlier] + days[later] - days[earlier],
        start_weight_kg=weights[earlier],
        end_weight_kg=weights[later],
    ).z
    found: dict[UUID, float] = {}
    # Pairs come with the nearest earlier visit first.
    for k in np.flatnonzero(~np.isnan(z)):
        found.setdefault(weighed[later[k]].pk, float(z[k]))
    return found


def _pairs_within(days: npt.NDArray[np.float64], longest: float) -> tuple[IntArray, IntArray]:
    """Return the places of every two visits at most `longest` days apart, `days` newest first; nearest pairs first.

    Only these are made: a child weighed daily for years has millions of others.
    """
    last = np.searchsorted(-days, -days + longest, side="right")
    counts = last - np.arange(len(days)) - 1
    later = np.repeat(np.arange(len(days)), counts)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return later, later + 1 + step
