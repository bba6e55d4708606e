"""Pairs of scan and manual measurement as arrays, for recalibration and fine-tuning of our network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.features import feature_names
from ml_models.networks.proportions import QUANTITIES, views_seen
from ml_models.pose import is_same_pose_model
from ml_models.research.errors import ResearchDataError
from ml_models.research.training_set import PairedSession
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class PairRows:
    """n sessions with a scale. `values`: session features, (n, names); `measured`: by hand, (n, 4) in QUANTITIES, NaN
    where it was not measured; `child`: pseudonyms, (n,)."""

    sessions: tuple[PairedSession, ...]
    values: FloatArray
    is_girl: BoolArray
    age_days: NDArray[np.int64]
    is_lying: BoolArray
    is_marker: BoolArray
    relative_sd: FloatArray
    measured: FloatArray
    child: NDArray[np.str_]

    @property
    def children(self) -> int:
        """How many children the sessions are of."""
        return len(np.unique(self.child))

    def take(self, chosen: BoolArray) -> PairRows:
        """The chosen sessions."""
        columns = {name: column[chosen] for name, column in vars(self).items() if name != "sessions"}
        kept = tuple(session for session, is_chosen in zip(self.sessions, chosen, strict=True) if is_chosen)
        return PairRows(sessions=kept, **columns)


def pair_rows(sessions: Sequence[PairedSession], manifest: Mapping[str, Any]) -> PairRows:
    """Return the sessions that the model of `manifest` can measure: its pose model (or an unknown one), a scale, films
    that it knows, an age of its own.

    Raises ResearchDataError: `features_differ`, `no_usable_session`.
    """
    if any(session.features.names != feature_names() for session in sessions):
        raise ResearchDataError("features_differ", "These pairs have other features than this code makes.")
    usable = [session for session in sessions if _is_usable(session, manifest)]
    if not usable:
        raise ResearchDataError(
            "no_usable_session",
            "No session has a scale, an age of the model's, and both ends of the body seen by its pose model.",
        )
    features = [session.features for session in usable]
    return PairRows(
        sessions=tuple(usable),
        values=np.stack([one.values for one in features]).astype(np.float64),
        is_girl=np.array([one.subject.sex == "F" for one in features]),
        age_days=np.array([one.subject.age_days for one in features], dtype=np.int64),
        is_lying=np.array([one.is_lying for one in features]),
        is_marker=np.array([one.cue is ScaleCue.MARKER for one in features]),
        relative_sd=np.array([one.scale_relative_sd for one in features], dtype=np.float64),
        measured=np.array([[session.truth.get(name, np.nan) for name in QUANTITIES] for session in usable]),
        child=np.array([session.child for session in usable]),
    )


def split_by_child(rows: PairRows, shares: Sequence[float], seed: int) -> list[BoolArray]:
    """Return a mask of the sessions for each share of the children (they sum to 1); no child is in two."""
    names = np.random.default_rng(seed).permutation(np.unique(rows.child))
    ends = np.round(np.cumsum(shares) * len(names)).astype(int)
    starts = [0, *ends[:-1]]
    return [np.isin(rows.child, names[start:end]) for start, end in zip(starts, ends, strict=True)]


def folds_by_child(rows: PairRows, folds: int, seed: int) -> Iterator[tuple[BoolArray, BoolArray]]:
    """Yield masks of the sessions to learn from and of those held out, each child held out once."""
    for held_out in split_by_child(rows, [1 / folds] * folds, seed):
        yield ~held_out, held_out


def _is_usable(session: PairedSession, manifest: Mapping[str, Any]) -> bool:
    features = session.features
    low, high = manifest["age_days"]
    told = features.pose_backend
    if told is not None and not is_same_pose_model(told, manifest["pose_backend"]):
        return False
    has_scale = features.cue is not ScaleCue.NONE and bool(features.scale_relative_sd)
    views = views_seen(features.values[None].astype(np.float64))[0]
    return has_scale and views in manifest["ratio_covariance"] and low <= features.subject.age_days <= high
