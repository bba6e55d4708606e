"""What the reference network and the baselines learn from: films told again and again, each time with other errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.reference import QUANTITY_PER_OUTPUT
from ml_models.synthetic.film_table import FilmTable
from ml_models.training.dataset import View
from ml_models.training.telling import Habits
from ml_models.training.told import ToldSessions, tell
from ml_models.training.told_rows import told_reference_inputs
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]

CUES = (ScaleCue.MARKER, ScaleCue.DISTANCE)
#: The reference network reads one film of a session.
SINGLE_VIEWS = (View.LYING_ABOVE, View.STANDING_FRONT, View.STANDING_SIDE)


@dataclass(frozen=True)
class NetworkRows:
    """`inputs`: (n, 75), NaN where missing; `targets`: (n, 4) in the units of the network's outputs."""

    inputs: FloatArray
    targets: FloatArray


def tell_all(
    films: FilmTable, repeats: int, habits: Habits, rng: np.random.Generator, views: Sequence[View] = SINGLE_VIEWS
) -> list[ToldSessions]:
    """Every child of `films` `repeats` times per cue, told anew each time, one part for each view and cue."""
    parts = [tell(films, view, cue, habits, rng, repeats=repeats) for view in views for cue in CUES]
    return [part for part in parts if len(part)]


def network_rows(parts: Sequence[ToldSessions]) -> NetworkRows:
    """Inputs and targets of told sessions, in their order."""
    return NetworkRows(
        inputs=np.concatenate([told_reference_inputs(part) for part in parts]),
        targets=np.concatenate([part.measured for part in parts]) / QUANTITY_PER_OUTPUT,
    )
