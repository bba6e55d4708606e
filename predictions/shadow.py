"""Which model answers in the shadow, and its answers: seen on the pages about models alone, used by nothing else.

Which model serves patients is decided in `predictions.promotion`; here nothing changes that.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from cgm_portal.errors import DomainError
from ml_models.types import AnthropometryEstimate
from predictions.models import ModelVersion, Prediction, ShadowPrediction
from scans.models import ScanSession


@transaction.atomic
def begin_shadow(candidate: ModelVersion) -> ModelVersion:
    """Let `candidate` answer beside the active model from now on, in the place of any other candidate.

    Raises DomainError("model_is_active"): the active model has nothing to answer in its own shadow.
    """
    versions = {version.pk: version for version in ModelVersion.objects.select_for_update().order_by("pk")}
    candidate = versions[candidate.pk]
    if candidate.is_active:
        raise DomainError("model_is_active", f"{candidate} is the active model. Name another one.")
    if candidate.shadow_since is not None:
        return candidate
    end_shadow()
    candidate.shadow_since = timezone.now()
    candidate.save(update_fields=["shadow_since"])
    return candidate


def end_shadow() -> ModelVersion | None:
    """Let no model answer in the shadow any more; return the one that did. Its answers stay."""
    version = shadow_version()
    if version is not None:
        version.shadow_since = None
        version.save(update_fields=["shadow_since"])
    return version


def shadow_version() -> ModelVersion | None:
    """Return the model that answers in the shadow now; none while it is the active one."""
    return ModelVersion.objects.filter(shadow_since__isnull=False, is_active=False).first()


@transaction.atomic
def store_shadow(
    *, prediction: Prediction, candidate: ModelVersion, estimate: AnthropometryEstimate, seconds: float
) -> ShadowPrediction | None:
    """Store what `candidate` said of the session of `prediction`; a second answer of it is not kept.

    Returns None, having stored nothing, when the prediction was erased meanwhile.
    """
    # Whoever erases the session's answers holds this row.
    session = ScanSession.objects.select_for_update().filter(pk=prediction.session_id).first()
    if session is None or not Prediction.objects.filter(pk=prediction.pk).exists():
        return None
    height = estimate.height_cm
    stored, _new = ShadowPrediction.objects.get_or_create(
        session=session,
        model_version=candidate,
        defaults={
            "height_cm": None if height is None else height.mean,
            "height_sd_cm": None if height is None else height.sd,
            "refused": "" if estimate.refused is None else estimate.refused.value,
            "intervals": {} if height is None else {str(p): list(ends) for p, ends in height.intervals.items()},
            "seconds": round(seconds, 4),
        },
    )
    return stored
