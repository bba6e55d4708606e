"""What may be asked of the scoring service: the rows of a request, checked, as `SessionFeatures`.

A row is of one of two kinds. A *session row* is what the portal stores with each prediction (`Prediction.features`),
whole. A *keypoint row* is what the reference network reads: 66 keypoints and nine facts
(`ml_models.networks.reference_inputs` has unit and meaning of each). `score_schema/request.schema.json` says the same
to programs. Missing is null. Nothing is guessed but what `_keypoint_row` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np

from ml_models.features import LENGTH_BELOW_DAYS, feature_names
from ml_models.intrinsics import FOCAL_SD_UNKNOWN
from ml_models.networks.reference import INPUTS, KEYPOINT_INPUTS, METADATA
from ml_models.networks.reference_inputs import DAYS_PER_MONTH, input_names
from ml_models.scale_cues import DISTANCE_RELATIVE_SD
from ml_models.scoring.errors import RequestError
from ml_models.scoring.numbers import Range, number, numbers
from ml_models.types import ScaleCue, SessionFeatures, Subject

Read = TypeVar("Read")

MAX_AGE_DAYS = 6940
#: No length in cm, angle or share of a film comes near it.
ANY: Range = (-1e6, 1e6)
#: Keypoints are in 0-1 of the standard camera's picture. Points outside it are lawful, pixels are a mistake.
KEYPOINT: Range = (-10.0, 10.0)
SHARE: Range = (0.0, 1.0)
#: Units as in `networks.reference_inputs`.
METADATA_RANGES: Mapping[str, Range] = {
    "age_months": (0.0, MAX_AGE_DAYS / DAYS_PER_MONTH),
    "is_girl": SHARE,
    "device_height_cm": (-1000.0, 1000.0),
    "distance_cm": (0.0, 10_000.0),
    "lighting": SHARE,
    "video_quality": SHARE,
    "pose_confidence": SHARE,
    "frame_count": (0.0, 100_000.0),
    "duration_s": (0.0, 100_000.0),
}
SCALE_SD: Range = (0.0, 1.0)
#: Relative SD of the scale of a keypoint row that tells none: a tape's distance through the lens of an unknown phone.
UNTOLD_SCALE_SD = math.hypot(DISTANCE_RELATIVE_SD, FOCAL_SD_UNKNOWN)
MAX_POSE_BACKEND_LENGTH = 200

SESSION_FIELDS = frozenset(
    {
        "names",
        "values",
        "sex",
        "age_days",
        "is_lying",
        "cue",
        "scale_relative_sd",
        "reference_inputs",
        "pose_backend",
    }
)
KEYPOINT_FIELDS = frozenset({"pose_keypoints", "metadata"})
KEYPOINT_OPTIONS = frozenset({"is_lying", "cue", "scale_relative_sd", "pose_backend"})


class Kind(StrEnum):
    """Which of the two kinds a row is."""

    SESSION = "session"
    KEYPOINTS = "keypoints"


@dataclass(frozen=True)
class Row:
    """One checked row."""

    kind: Kind
    features: SessionFeatures


def read_row(document: Any) -> Row:
    """Return one row of a parsed request; raises RequestError."""
    if not isinstance(document, dict):
        raise RequestError("not_an_object", "A row must be an object.")
    if "pose_keypoints" in document:
        _check_fields(document, required=KEYPOINT_FIELDS, optional=KEYPOINT_OPTIONS)
        return Row(Kind.KEYPOINTS, _keypoint_row(document))
    if "values" in document:
        _check_fields(document, required=SESSION_FIELDS, optional=frozenset())
        return Row(Kind.SESSION, _session_row(document))
    raise RequestError("unknown_kind", "A row has either pose_keypoints and metadata, or the fields of a session row.")


def _session_row(document: Mapping[str, Any]) -> SessionFeatures:
    names = feature_names()
    if document["names"] != list(names):
        raise RequestError(
            "features_differ", f"names are not the {len(names)} features that this model reads.", field="names"
        )
    inputs = document["reference_inputs"]
    cue = _choice(document["cue"], {cue.value for cue in ScaleCue}, field="cue")
    return SessionFeatures(
        names=names,
        values=numbers(document["values"], [ANY] * len(names), names=names, field="values"),
        subject=Subject(sex=_choice(document["sex"], {"M", "F"}, field="sex"), age_days=_age_days(document)),
        is_lying=_yes_or_no(document["is_lying"], field="is_lying"),
        cue=ScaleCue(cue),
        scale_relative_sd=_optional(document["scale_relative_sd"], _scale_sd),
        reference_inputs=_optional(inputs, _reference_inputs),
        pose_backend=_optional(document.get("pose_backend"), _pose_backend),
    )


def _keypoint_row(document: Mapping[str, Any]) -> SessionFeatures:
    """The session that a keypoint row tells of.

    Untold, a child lies below 24 months and stands from then on, as the standard measures, and the scale is a measured
    distance through the lens of an unknown phone.
    """
    points = numbers(
        document["pose_keypoints"],
        [KEYPOINT] * KEYPOINT_INPUTS,
        names=input_names()[:KEYPOINT_INPUTS],
        field="pose_keypoints",
    )
    facts = numbers(
        document["metadata"], [METADATA_RANGES[name] for name in METADATA], names=METADATA, field="metadata"
    )
    told = dict(zip(METADATA, facts.tolist(), strict=True))
    if math.isnan(told["age_months"]):
        raise RequestError("field_missing", "metadata.age_months must be told.", field="metadata.age_months")
    if told["is_girl"] not in (0.0, 1.0):  # null, too
        raise RequestError("bad_value", "metadata.is_girl must be 1 (girl) or 0 (boy).", field="metadata.is_girl")
    if ("cue" in document) != ("scale_relative_sd" in document):
        raise RequestError("field_missing", "cue and scale_relative_sd are told together or not at all.", field="cue")
    age_days = round(told["age_months"] * DAYS_PER_MONTH)
    names = feature_names()
    return SessionFeatures(
        names=names,
        values=np.full(len(names), np.nan, dtype=np.float32),
        subject=Subject(sex="F" if told["is_girl"] else "M", age_days=age_days),
        is_lying=_yes_or_no(document.get("is_lying", age_days < LENGTH_BELOW_DAYS), field="is_lying"),
        cue=ScaleCue(_choice(document.get("cue", "distance"), {cue.value for cue in ScaleCue}, field="cue")),
        scale_relative_sd=_optional(document.get("scale_relative_sd", UNTOLD_SCALE_SD), _scale_sd),
        reference_inputs=np.concatenate([points, facts]),
        pose_backend=_optional(document.get("pose_backend"), _pose_backend),
    )


def _check_fields(document: Mapping[str, Any], *, required: frozenset[str], optional: frozenset[str]) -> None:
    for field in sorted(required - set(document)):
        raise RequestError("field_missing", f"{field} is missing.", field=field)
    for _field in sorted(set(document) - required - optional):
        known = ", ".join(sorted(required | optional))
        raise RequestError("unknown_field", f"A row has a field that is not known. Known are: {known}.")


def _optional(value: Any, read: Callable[[Any], Read]) -> Read | None:
    return None if value is None else read(value)


def _reference_inputs(values: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    return numbers(values, [ANY] * INPUTS, names=input_names(), field="reference_inputs")


def _scale_sd(value: Any) -> float:
    return number(value, SCALE_SD, field="scale_relative_sd")


def _pose_backend(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_POSE_BACKEND_LENGTH:
        text = f"pose_backend must be a text of at most {MAX_POSE_BACKEND_LENGTH} characters, or null."
        raise RequestError("bad_value", text, field="pose_backend")
    return value


def _age_days(document: Mapping[str, Any]) -> int:
    value = document["age_days"]
    days = number(value, (0, MAX_AGE_DAYS), field="age_days")
    if not days.is_integer():
        raise RequestError("bad_value", "age_days must be whole days.", field="age_days")
    return int(days)


def _choice(value: Any, allowed: set[str], *, field: str) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RequestError("bad_value", f"{field} must be one of {', '.join(sorted(allowed))}.", field=field)
    return value


def _yes_or_no(value: Any, *, field: str) -> bool:
    if not isinstance(value, bool):
        raise RequestError("bad_value", f"{field} must be true or false.", field=field)
    return value
