"""The feature row of a session as JSON, and back: what is stored with a prediction.

Numbers keep their float32 value exactly; one that is missing, or not finite, is null.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.types import ScaleCue, SessionFeatures, Subject

Row = dict[str, Any]


def features_as_json(features: SessionFeatures) -> Row:
    """Return `features` as what `Prediction.features` holds."""
    inputs = features.reference_inputs
    return {
        "names": list(features.names),
        "values": _as_list(features.values),
        "sex": features.subject.sex,
        "age_days": features.subject.age_days,
        "is_lying": features.is_lying,
        "cue": features.cue.value,
        "scale_relative_sd": features.scale_relative_sd,
        "reference_inputs": None if inputs is None else _as_list(inputs),
        "pose_backend": features.pose_backend,
    }


def features_from_json(row: Row) -> SessionFeatures:
    """Return the features that `features_as_json` stored."""
    inputs = row["reference_inputs"]
    return SessionFeatures(
        names=tuple(row["names"]),
        values=_as_array(row["values"]),
        subject=Subject(sex=row["sex"], age_days=row["age_days"]),
        is_lying=row["is_lying"],
        cue=ScaleCue(row["cue"]),
        scale_relative_sd=row["scale_relative_sd"],
        reference_inputs=None if inputs is None else _as_array(inputs),
        pose_backend=row["pose_backend"],
    )


def features_sha256(row: Row) -> str:
    """Return the hex SHA-256 of a stored row, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()


def _as_list(values: NDArray[np.float32]) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]


def _as_array(values: list[float | None]) -> NDArray[np.float32]:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float32)
