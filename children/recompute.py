"""Brings assessments of an older engine up to the present one; the old rows stay readable.

The assessments themselves are the ledger: a measurement that counts and whose assessment in force has another engine
version waits to be done, whatever was sent to a queue. So a run can be stopped, repeated and split among workers.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from children.growth import ENGINE_VERSION
from children.measurement_models import GrowthAssessment, Measurement
from children.models import Child
from children.services import ANSWER_FIELDS, assess_again, lock_child

CHILDREN_PER_BATCH = 50  # a second or two of work, so that progress is seen and a killed worker loses little
Z_FIELDS = ("haz", "waz", "whz", "baz", "acz", "hcz")


@dataclass(frozen=True)
class RecomputeChanges:
    """What a run changed, in measurements: how many were assessed anew, got another z-score, another answer."""

    assessed: int
    zscores: int
    answers: int


def outdated_measurements() -> QuerySet[Measurement]:
    """Return the measurements that count and whose assessment in force is of another engine version."""
    in_force = GrowthAssessment.objects.filter(
        measurement=OuterRef("pk"), is_current=True, engine_version=ENGINE_VERSION
    )
    return Measurement.objects.active().filter(~Exists(in_force))


def children_to_recompute() -> QuerySet[Child]:
    """Return the children with a measurement to be assessed anew."""
    return Child.objects.filter(Exists(outdated_measurements().filter(child=OuterRef("pk"))))


def batches() -> Iterator[tuple[str, ...]]:
    """Yield the ids of the children to recompute, CHILDREN_PER_BATCH at a time, as a message can carry them."""
    ids = children_to_recompute().order_by("pk").values_list("pk", flat=True).iterator(chunk_size=2000)
    while batch := tuple(str(pk) for pk in islice(ids, CHILDREN_PER_BATCH)):
        yield batch


@transaction.atomic
def recompute_child(child_id: uuid.UUID) -> int:
    """Assess the outdated measurements of one child anew, oldest first; return how many. Safe to call twice.

    Alerts and follow-ups move only where the answer became another one. Raises MeasurementError when the engine refuses
    a stored value, Child.DoesNotExist for a child that is gone.
    """
    child = lock_child(child_id)
    waiting = outdated_measurements().filter(child=child).order_by("measured_on", "recorded_at")
    assessed = 0
    for measurement in waiting:
        measurement.child = child
        assess_again(measurement)
        assessed += 1
    return assessed


def changes_since(started_at: datetime) -> RecomputeChanges:
    """Return what assessments made since `started_at` changed, each beside the one that it retired."""
    retired = GrowthAssessment.objects.filter(
        measurement=OuterRef("measurement"), is_current=False, computed_at__lt=started_at
    ).order_by("-computed_at")
    made = GrowthAssessment.objects.filter(
        is_current=True, computed_at__gte=started_at, engine_version=ENGINE_VERSION
    ).filter(Exists(retired))
    compared = made.annotate(**{f"old_{name}": Subquery(retired.values(name)[:1]) for name in Z_FIELDS + ANSWER_FIELDS})
    return RecomputeChanges(
        assessed=made.count(),
        zscores=compared.filter(_differs(Z_FIELDS)).count(),
        answers=compared.filter(_differs(ANSWER_FIELDS)).count(),
    )


def _differs(names: tuple[str, ...]) -> Q:
    """Return the condition that one of the fields is not what it was; NULL equals NULL and nothing else."""
    condition = Q()
    for name in names:
        old = f"old_{name}"
        one_missing = Q(**{f"{name}__isnull": True, f"{old}__isnull": False})
        other_missing = Q(**{f"{name}__isnull": False, f"{old}__isnull": True})
        both_known = Q(**{f"{name}__isnull": False, f"{old}__isnull": False})
        condition |= one_missing | other_missing | (both_known & ~Q(**{name: F(old)}))
    return condition
