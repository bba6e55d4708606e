"""Makes another model version the active one: the only door, with its evidence and its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cgm_portal.errors import DomainError
from predictions.models import ModelVersion


@transaction.atomic
def promote(
    *,
    candidate: ModelVersion,
    instead_of: ModelVersion,
    comparison: Mapping[str, Any],
    promoted_by: User,
    reason: str,
    despite: Sequence[str] = (),
) -> ModelVersion:
    """Activate `candidate` in the place of `instead_of`, the version that it was compared with.

    `comparison` is stored; it holds `objections`. `despite`: those that the promoter has seen and overrules, with a
    `reason`. Raises DomainError: `model_worse`, `reason_missing`, `active_model_changed` (somebody else was quicker:
    compare again).
    """
    # Whoever promotes at the same time waits here, and then finds another active version than was compared with.
    versions = {version.pk: version for version in ModelVersion.objects.select_for_update().order_by("pk")}
    active, candidate = versions[instead_of.pk], versions[candidate.pk]
    if not active.is_active:
        raise DomainError("active_model_changed", f"{instead_of} is no longer the active model. Compare again.")
    overruled = [objection for objection in comparison["objections"] if objection in despite]
    if len(overruled) < len(comparison["objections"]):
        raise DomainError(
            "model_worse",
            f"{candidate} is worse than the active {active}: {' '.join(comparison['objections'])} It was not promoted.",
        )
    if overruled and not reason.strip():
        raise DomainError("reason_missing", f"Say why {candidate} shall serve although it is worse.")
    active.is_active = False
    active.save(update_fields=["is_active"])
    candidate.is_active = True
    candidate.activated_at = timezone.now()
    candidate.shadow_since = None
    candidate.promoted_by = promoted_by
    candidate.promotion_reason = reason.strip() or f"Not worse than {active}."
    candidate.comparison = {**comparison, "instead_of": active.label, "overruled": bool(overruled)}
    changed = ["is_active", "activated_at", "promoted_by", "promotion_reason", "comparison", "shadow_since"]
    candidate.save(update_fields=changed)
    return candidate
