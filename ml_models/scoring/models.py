"""Which models a scoring service has: those whose folders lie below the one that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ml_models.estimator import MANIFEST, Estimator, WeightsError
from ml_models.inference import load_estimator
from ml_models.reference_estimator import ReferenceEstimator
from ml_models.scoring.errors import RequestError
from ml_models.scoring.rows import Kind, Row
from ml_models.types import AnthropometryEstimate


@dataclass(frozen=True)
class ServedModels:
    """`session` answers session rows, `keypoints` keypoint rows; alone, the reference network answers both."""

    session: Estimator
    keypoints: ReferenceEstimator | None

    def estimate(self, row: Row) -> AnthropometryEstimate:
        """Estimate one row; raises RequestError("model_not_deployed") where no model reads its kind."""
        if row.kind is Kind.SESSION:
            return self.session.estimate(row.features)
        if self.keypoints is None:
            raise RequestError("model_not_deployed", "This service has no reference network to read keypoints with.")
        return self.keypoints.estimate(row.features)


def load_models(directory: Path) -> ServedModels:
    """Load all models below `directory`, at most one of each kind.

    Raises WeightsError as `load_estimator` does, and with "weights_missing" or "too_many_models".
    """
    folders = sorted(path.parent for path in directory.rglob(MANIFEST))
    loaded = [load_estimator(folder) for folder in folders]
    reference = [model for model in loaded if isinstance(model, ReferenceEstimator)]
    others = [model for model in loaded if not isinstance(model, ReferenceEstimator)]
    if not loaded:
        raise WeightsError("weights_missing", f"There is no {MANIFEST} below {directory}.")
    if len(reference) > 1 or len(others) > 1:
        found = ", ".join(folder.name for folder in folders)
        raise WeightsError("too_many_models", f"At most one model of each kind can be served; found {found}.")
    return ServedModels(session=[*others, *reference][0], keypoints=reference[0] if reference else None)
