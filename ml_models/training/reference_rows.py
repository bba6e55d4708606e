"""What the reference network and the baselines learn from: simulated and rendered films, each told with its errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.reference import QUANTITY_PER_OUTPUT
from ml_models.synthetic.body_table import BodyTable
from ml_models.synthetic.errors import LandmarkErrors
from ml_models.synthetic.film_table import FilmTable
from ml_models.training.told import ToldFilms, tell_rendered, tell_simulated
from ml_models.training.told_rows import confidence_of, told_reference_inputs
from ml_models.types import ScaleCue, ScanType

FloatArray = NDArray[np.float64]

CUES = (ScaleCue.MARKER, ScaleCue.DISTANCE)
#: Lying films up to this age in days, standing ones from this age: a month or four either way of the standard's 731.
LYING_BELOW_DAYS, STANDING_FROM_DAYS = 860, 600
#: Shares of simulated films by scan type.
SIMULATED_SHARES = {ScanType.LYING_ABOVE: 0.5, ScanType.STANDING_FRONT: 0.35, ScanType.STANDING_SIDE: 0.15}


@dataclass(frozen=True)
class NetworkRows:
    """`inputs`: (n, 75), NaN where missing; `targets`: (n, 4) in the units of the network's outputs."""

    inputs: FloatArray
    targets: FloatArray


def simulated_films(
    table: BodyTable,
    rows: NDArray[np.intp],
    count: int,
    errors: dict[ScanType, LandmarkErrors],
    rendered: FilmTable,
    rng: np.random.Generator,
) -> list[ToldFilms]:
    """About `count` films of the bodies `rows` of `table`, seen as well as the films of `rendered`."""
    confidences = confidence_of(rendered)
    age_days = table.age_days[rows]
    parts = []
    for scan_type, share in SIMULATED_SHARES.items():
        of_age = age_days < LYING_BELOW_DAYS if scan_type.is_lying else age_days >= STANDING_FROM_DAYS
        for cue in CUES:
            chosen = rng.choice(rows[of_age], round(count * share / len(CUES)))
            parts.append(tell_simulated(table, chosen, scan_type, cue, errors[scan_type], confidences, rng))
    return parts


def rendered_films(
    films: FilmTable, repeats: int, rng: np.random.Generator, relative_sds: dict[ScaleCue, float] | None = None
) -> list[ToldFilms]:
    """Every rendered film `repeats` times per cue, each time told anew, one part per scan type and cue."""
    parts = []
    for scan_type in ScanType:
        numbers = np.flatnonzero(films.scan_type == scan_type.value)
        if not len(numbers):
            continue
        chosen = films.take(np.repeat(numbers, repeats))
        for cue in CUES:
            relative_sd = relative_sds[cue] if relative_sds else None
            parts.append(tell_rendered(chosen, scan_type, cue, rng, relative_sd))
    return parts


def network_rows(parts: list[ToldFilms]) -> NetworkRows:
    """Inputs and targets of told films, in their order."""
    return NetworkRows(
        inputs=np.concatenate([told_reference_inputs(part) for part in parts]),
        targets=np.concatenate([part.measured for part in parts]) / QUANTITY_PER_OUTPUT,
    )
