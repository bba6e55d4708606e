"""People as a network sees them, and which one of them a film is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Candidate:
    """One person. `points`: float64, shape (points, 2), px of the network's picture, NaN where not found. `scores`:
    float64, shape (points,), 0-1, 0 where not found. `size_px`: diagonal of the person's box.
    """

    points: NDArray[np.float64]
    scores: NDArray[np.float64]
    size_px: float

    @property
    def conspicuity(self) -> float:
        """How much of a picture's subject the person is: large, and surely seen in all of its points."""
        return self.size_px * float(self.scores.mean())


def candidate(
    points: NDArray[np.float64], scores: NDArray[np.float64], *, min_score: float, size_px: float | None = None
) -> Candidate | None:
    """Return a person of the points scored `min_score` or more; None where that leaves fewer than two.

    `size_px`: diagonal of the person's box where a network gives one, else that of the points.
    """
    found = (scores >= min_score) & np.isfinite(points).all(axis=1)
    if found.sum() < 2:
        return None
    kept = np.where(found[:, None], points, np.nan)
    extent = points[found].max(axis=0) - points[found].min(axis=0)
    size = float(np.hypot(*extent)) if size_px is None else size_px
    return Candidate(points=kept, scores=np.clip(np.where(found, scores, 0.0), 0.0, 1.0), size_px=size)


def most_conspicuous(people: Sequence[Candidate]) -> Candidate | None:
    """Return the person whom the picture is most about, None of nobody."""
    return max(people, key=lambda person: person.conspicuity, default=None)
