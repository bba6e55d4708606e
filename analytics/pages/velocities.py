"""Weight velocity of each visit for the table: since the last earlier weight for which WHO has a window."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from children.growth import Sex
from children.growth.age import corrected_age_days
from children.growth.change.velocity import velocity_zscores
from children.models import Child, Measurement


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
    later, earlier = np.triu_indices(len(weighed), k=1)
    if not later.size:
        return {}
    ages = [child.age_days_on(visit.measured_on) for visit in weighed]
    corrected = [corrected_age_days(age_days=age, gestation_days=child.gestation_total_days) for age in ages]
    starts = np.array(
        [age if other is None else other for age, other in zip(ages, corrected, strict=True)], dtype=float
    )
    days, weights = np.array(ages, dtype=float), np.array([float(visit.weight_kg) for visit in weighed])
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
