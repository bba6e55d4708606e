"""z-scores of a million children and of one, against a plain NumPy reading of the same rules in the same run.

Yardstick: `benchmarks.plain_growth`, WHO's rules written down index by index on whole columns, as one would from the
manual. Seconds are this process's own (CPU time of one thread), so that other work on the machine counts little. Goals:
1,000,000 rows/s and 4 times the yardstick; 600 MB above the input; one child through `assess()` in 0.2 ms (median).
Both give the same z-scores and flags, or the run fails.
"""

from __future__ import annotations

import argparse
import statistics
import time
import tracemalloc
from pathlib import Path

import numpy as np

from benchmarks.cost_plot import Line, write_cost_plot
from benchmarks.plain_growth import plain_zscores
from children.growth import (
    Columns,
    GrowthInput,
    Index,
    Position,
    Sex,
    assess,
    compute_zscores,
    measurement_at_z,
)
from children.growth.age import FIRST_HEIGHT_DAY
from children.growth.columns import HEIGHT_CODE, LENGTH_CODE

ROWS = 1_000_000
STEPS = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 5
ONE_CHILD_ROUNDS = 5_000
GOAL_ROWS_PER_S, GOAL_RATIO, GOAL_MB, GOAL_ONE_CHILD_MS = 1_000_000, 4.0, 600, 0.2
MEASURED = (
    ("weight_kg", Index.WAZ),
    ("length_height_cm", Index.HAZ),
    ("head_circumference_cm", Index.HCZ),
    ("muac_mm", Index.ACZ),
    ("triceps_mm", Index.TSZ),
    ("subscapular_mm", Index.SSZ),
)


def main() -> None:
    """Print rows per second, the ratio to the yardstick, memory, the time of one child; draw cost against rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, help="write a plot of cost against rows (SVG) here")
    arguments = parser.parse_args()
    ours, plain = [], []
    for rows in STEPS:
        columns = simulated_children(rows)
        engine_s, plain_s = measure(columns)
        ours.append((rows, engine_s))
        plain.append((rows, plain_s))
        print(f"  {rows:>9,} rows: engine {engine_s:8.4f} s, plain NumPy {plain_s:8.4f} s, {plain_s / engine_s:5.1f} x")
    (rows, engine_s), (_, plain_s) = ours[-1], plain[-1]
    print(f"  {rows / engine_s:,.0f} rows/s of 8 indices on one thread (goal at least {GOAL_ROWS_PER_S:,})")
    print(f"  ratio to plain NumPy {plain_s / engine_s:.1f} (goal at least {GOAL_RATIO:g})")
    print(f"  memory above the input {peak_mb(columns):.0f} MB (goal at most {GOAL_MB})")
    print(f"  one child through assess() {one_child_ms():.3f} ms, median (goal at most {GOAL_ONE_CHILD_MS})")
    if arguments.plot:
        lines = (Line("children.growth", ours), Line("plain NumPy", plain))
        write_cost_plot(arguments.plot, title="z-scores of 8 indices, one thread", unit="rows", lines=lines)
        print(f"  plot: {arguments.plot}")


def simulated_children(rows: int) -> Columns:
    """Return children of 3-60 months about -1 z, one in a hundred far out, one in a hundred of unknown age."""
    rng = np.random.default_rng(2006)
    sex = rng.integers(1, 3, rows).astype(np.int8)
    age = rng.uniform(91.0, 1826.0, rows)
    level = rng.normal(-0.9, 0.9, rows)
    far_out = rng.random(rows) < 0.01
    measured = {}
    for name, index in MEASURED:
        z = level + rng.normal(0.0, 0.7, rows) + far_out * rng.normal(0.0, 4.0, rows)
        measured[name] = np.maximum(measurement_at_z(index, sex=sex, at=age, z=z), 0.1)
    position = np.where(age < FIRST_HEIGHT_DAY, LENGTH_CODE, HEIGHT_CODE).astype(np.int8)
    age[rng.random(rows) < 0.01] = np.nan
    return Columns.of(sex=sex, age_days=age, position=position, oedema=rng.random(rows) < 0.002, **measured)


def measure(columns: Columns) -> tuple[float, float]:
    """Return the median seconds of engine and yardstick, run in turn. Raises SystemExit where they differ."""
    engine_seconds, plain_seconds = [], []
    for _round in range(ROUNDS + 1):  # the first round fills caches
        started = time.process_time()
        table = compute_zscores(columns)
        between = time.process_time()
        reading = plain_zscores(columns)
        engine_seconds.append(between - started)
        plain_seconds.append(time.process_time() - between)
        for index, (z, flag) in reading.items():
            same = np.array_equal(table.column(index), z, equal_nan=True)
            if not same or not np.array_equal(table.flag_column(index), flag, equal_nan=True):
                raise SystemExit(f"{index}: the engine and the plain reading differ")
        del table, reading  # or each round would pay for the memory that the last one holds
    return statistics.median(engine_seconds[1:]), statistics.median(plain_seconds[1:])


def peak_mb(columns: Columns) -> float:
    """Return the most memory that one call holds above its input, MB."""
    tracemalloc.start()
    compute_zscores(columns)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def one_child_ms() -> float:
    """Return the median milliseconds of one visit measured by hand."""
    data = GrowthInput(
        sex=Sex.FEMALE,
        age_days=540,
        weight_kg=9.1,
        length_height_cm=78.4,
        position=Position.LENGTH,
        muac_mm=131.0,
        head_circumference_cm=45.2,
        oedema=False,
    )
    seconds = []
    for _round in range(ONE_CHILD_ROUNDS):
        started = time.process_time()
        assess(data)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds) * 1e3


if __name__ == "__main__":
    main()
