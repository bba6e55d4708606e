"""Generous ceilings that catch a loop over rows or a table read again; the exact figures belong to benchmarks/."""

from __future__ import annotations

import statistics
import time

import numpy as np

from children.growth import Columns, assess, compute_zscores
from tests.children.growth.visits import scan, visit

# Measured on two busy cores: 0.2-0.4 ms by hand, 0.5-0.8 ms from a scan, about 1 s per million rows.
ONE_CHILD_LIMIT_S = 0.003
PER_ROW_LIMIT_S = 10e-6


def test_one_child_takes_less_than_a_few_milliseconds() -> None:
    for data in (visit(), scan()):
        assess(data)
        seconds = []
        for _ in range(50):
            start = time.perf_counter()
            assess(data)
            seconds.append(time.perf_counter() - start)
        assert statistics.median(seconds) < ONE_CHILD_LIMIT_S


def test_hundred_thousand_children_take_less_than_a_second() -> None:
    n = 100_000
    random = np.random.default_rng(1)
    columns = Columns.of(
        sex=random.integers(1, 3, n).astype(np.int8),
        age_days=random.uniform(0, 1826, n),
        weight_kg=random.uniform(3, 20, n),
        length_height_cm=random.uniform(50, 115, n),
        muac_mm=random.uniform(110, 180, n),
    )
    start = time.perf_counter()

    compute_zscores(columns)

    assert (time.perf_counter() - start) / n < PER_ROW_LIMIT_S
