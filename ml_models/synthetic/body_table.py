"""The body table: a few thousand bodies reduced to the points that a camera's features need, so that training runs
without the body model.

    python -m ml_models.synthetic.body_table --count 3000 --seed 20261

writes data/bodies.npz (needs requirements-training.txt; some ten minutes). Loading needs numpy alone.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.children import ChildDraw, draw_children

FloatArray = NDArray[np.float64]
logger = logging.getLogger(__name__)

TABLE_FILE = Path(__file__).parent / "data" / "bodies.npz"
#: The table holds whole multiples of this many cm in 16 bits.
STEP_CM = 0.005
FIT_BATCH = 50


@dataclass(frozen=True)
class BodyTable:
    """Bodies in the rest pose, cm. `points`: (n, 33 + crown + soles, 3); `joints`: (n, 12, 3); `weights`: part weights
    of the points (points, 12); `crown_count`: how many points after the landmarks belong to the crown;
    `measured`: QUANTITIES (n, 4) in the neutral pose."""

    points: FloatArray
    joints: FloatArray
    weights: FloatArray
    crown_count: int
    is_girl: NDArray[np.bool_]
    age_days: NDArray[np.int64]
    measured: FloatArray

    def take(self, rows: NDArray[np.intp]) -> BodyTable:
        """The chosen rows, repeats allowed."""
        return BodyTable(
            self.points[rows], self.joints[rows], self.weights, self.crown_count,
            self.is_girl[rows], self.age_days[rows], self.measured[rows],
        )  # fmt: skip


def load_body_table(path: Path = TABLE_FILE) -> BodyTable:
    """Read a table that `save_body_table` wrote."""
    with np.load(path) as archive:
        return BodyTable(
            points=archive["points"].astype(np.float64) * STEP_CM,
            joints=archive["joints"].astype(np.float64) * STEP_CM,
            weights=archive["weights"].astype(np.float64),
            crown_count=int(archive["crown_count"]),
            is_girl=archive["is_girl"],
            age_days=archive["age_days"].astype(np.int64),
            measured=archive["measured"].astype(np.float64),
        )


def save_body_table(table: BodyTable, path: Path) -> None:
    """Write `table` in whole steps of STEP_CM."""
    np.savez_compressed(
        path,
        points=np.round(table.points / STEP_CM).astype(np.int16),
        joints=np.round(table.joints / STEP_CM).astype(np.int16),
        weights=table.weights.astype(np.float32),
        crown_count=table.crown_count,
        is_girl=table.is_girl,
        age_days=table.age_days.astype(np.int16),
        measured=table.measured.astype(np.float32),
    )


def make_body_table(count: int, seed: int) -> BodyTable:
    """Draw and fit `count` children (needs the body model)."""
    from ml_models.synthetic.bodies import BodyModel

    model, rng = BodyModel(), np.random.default_rng(seed)
    crown, soles = model.rim_points
    rims = np.concatenate([crown, soles])
    parts: list[tuple[ChildDraw, FloatArray, FloatArray, FloatArray]] = []
    for start in range(0, count, FIT_BATCH):
        children = draw_children(min(FIT_BATCH, count - start), rng)
        bodies = model.fit(children, rng)
        points = np.concatenate([bodies.landmarks, bodies.vertices[:, rims]], axis=1)
        parts.append((children, points, bodies.joints, bodies.measured))
        logger.info("%d of %d bodies", start + len(points), count)
    return BodyTable(
        points=np.concatenate([part[1] for part in parts]),
        joints=np.concatenate([part[2] for part in parts]),
        weights=np.concatenate([model.landmark_weights, model.part_weights[rims]]),
        crown_count=len(crown),
        is_girl=np.concatenate([part[0].is_girl for part in parts]),
        age_days=np.concatenate([part[0].age_days for part in parts]),
        measured=np.concatenate([part[3] for part in parts]),
    )


def main() -> None:
    """Make the table from the command line."""
    logging.basicConfig(level=logging.INFO)
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--out", type=Path, default=TABLE_FILE)
    arguments = parser.parse_args()
    save_body_table(make_body_table(arguments.count, arguments.seed), arguments.out)


if __name__ == "__main__":
    main()
