"""A survey's prevalence table, rows against seconds, beside a plain reading of the rules; and the growth of its cost.

Yardstick ("plain NumPy"), measured in the same run and in turn: group by group, indicator by indicator, cut-off by
cut-off, a mask of the rows, their share or mean, and sums by cluster. It gives the same standard errors but for
oedema, which it does not look at. Goals: 6,000 rows in 39 groups under the full design within 0.25 s; 1,000,000 rows
within 10 s.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from children.growth.columns import Columns
from children.growth.survey import Survey, estimate_prevalence, survey_of
from children.growth.survey.design import design_of
from children.growth.survey.groups import partitions
from children.growth.survey.sample import plausible_zscores
from children.growth.types import Index, Standard

ROWS = (1_000, 6_000, 30_000, 100_000, 300_000, 1_000_000)
CHILDREN_PER_CLUSTER = 30
MOST_CLUSTERS = 2_000
STRATA = 20
REPEATS = 3
SMALL_ROWS, SMALL_SECONDS = 6_000, 0.25
LARGE_ROWS, LARGE_SECONDS = 1_000_000, 10.0
INDICES = (Index.HAZ, Index.WAZ, Index.BAZ, Index.WHZ)
CUTOFFS = (-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)
# The yardstick takes minutes beyond.
YARDSTICK_UP_TO = 100_000

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 40, 52


def main() -> None:
    """Print rows, seconds and ratios, and draw the growth of the cost if a path is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--plot", type=Path, help="write the growth of cost as an SVG file")
    arguments = parser.parse_args()
    ours, yardstick = [], []
    print(f"  {'rows':>9} {'seconds':>9} {'rows/s':>10} {'plain NumPy':>12} {'ratio':>7} {'peak MB':>8}")
    for rows in arguments.rows:
        survey = make_survey(rows)
        seconds = median_seconds(lambda survey=survey: estimate_prevalence(survey))
        ours.append((rows, seconds))
        plain, ratio = "-", "-"
        if rows <= YARDSTICK_UP_TO:
            floor = median_seconds(lambda survey=survey: plain_standard_errors(survey))
            yardstick.append((rows, floor))
            plain, ratio = f"{floor:.3f}", f"{seconds / floor:.3f}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(f"  {rows:>9,} {seconds:>9.3f} {rows / seconds:>10,.0f} {plain:>12} {ratio:>7} {peak:>8,.0f}")
    for rows, goal in ((SMALL_ROWS, SMALL_SECONDS), (LARGE_ROWS, LARGE_SECONDS)):
        for measured, seconds in ours:
            if measured == rows:
                print(f"  {rows:,} rows: {seconds:.3f} s (goal at most {goal:g} s)")
    if arguments.plot is not None:
        arguments.plot.write_text(growth_of_cost({"survey engine": ours, "plain NumPy": yardstick}), encoding="utf-8")
        print(f"  plot: {arguments.plot}")


def make_survey(rows: int) -> Survey:
    """Return a synthetic survey of 0-5 years under the full design, in 39 groups."""
    random = np.random.default_rng(rows)
    age_days = random.uniform(0.0, 1826.0, rows)
    length_cm = 50.0 + 58.0 * (age_days / 1826.0) ** 0.6 + random.normal(0.0, 4.0, rows)
    weight_kg = 3.2 * (length_cm / 50.0) ** 2.2 * np.exp(random.normal(0.0, 0.12, rows))
    cluster = random.integers(0, min(MOST_CLUSTERS, max(2 * STRATA, rows // CHILDREN_PER_CLUSTER)), rows)
    columns = Columns.of(
        sex=random.integers(1, 3, rows),
        age_days=age_days,
        position=np.where(age_days < 731.0, 1, 2),
        oedema=random.random(rows) < 0.01,
        weight_kg=np.round(weight_kg, 1),
        length_height_cm=np.round(length_cm, 1),
    )
    return survey_of(
        columns,
        standard=Standard.WHO2006,
        sampling_weight=random.uniform(0.2, 3.0, rows),
        cluster=cluster,
        strata=cluster % STRATA,
        groupings={
            "area": random.choice(["Urban", "Rural"], rows),
            "region": random.choice(["North", "South", "East", "West"], rows),
            "wealth": random.integers(1, 6, rows),
            "education": random.choice(["None", "Primary", "Secondary", "Higher"], rows),
            "other": random.choice(["a", "b", "c"], rows),
        },
    )


def median_seconds(work: Callable[[], object]) -> float:
    """Return the median of a few runs."""
    elapsed = []
    for _run in range(REPEATS):
        started = time.perf_counter()
        work()
        elapsed.append(time.perf_counter() - started)
    return statistics.median(elapsed)


def plain_standard_errors(survey: Survey) -> list[float]:
    """Return every share's and mean's standard error, by masks alone."""
    rows = np.arange(len(survey))
    design = design_of(survey, rows=rows)
    weight, psu, stratum_of_psu = design.weight, design.psu, design.stratum_of_psu
    columns = [plausible_zscores(survey.zscores, index) for index in INDICES]
    out = []
    for partition in partitions(survey, rows=rows, order=design.label_order):
        for group in range(len(partition.names)):
            in_group = partition.codes == group
            for z in columns:
                known = in_group & ~np.isnan(z)
                outcomes = [z < cutoff if cutoff < 0 else z > cutoff for cutoff in CUTOFFS]
                for outcome in (*outcomes, z):
                    x, w = outcome[known], weight[known]
                    distance = w * (x - (w * x).sum() / w.sum()) / w.sum()
                    sums = np.bincount(psu[known], weights=distance, minlength=len(stratum_of_psu))
                    strata = [sums[stratum_of_psu == k] for k in range(len(design.psus))]
                    out.append(np.sqrt(sum(part.var(ddof=1) * len(part) for part in strata)))
    return out


def growth_of_cost(curves: dict[str, list[tuple[int, float]]]) -> str:
    """Return an SVG of seconds against rows, both logarithmic, with a line per curve and the goals as crosses."""
    points = [point for curve in curves.values() for point in curve]
    x0, x1 = (np.log10(end([rows for rows, _ in points])) for end in (min, max))
    y0 = np.floor(np.log10(min(seconds for _, seconds in points)))
    y1 = np.ceil(np.log10(max(LARGE_SECONDS, *(seconds for _, seconds in points))))

    def place(rows: float, seconds: float) -> tuple[float, float]:
        x = LEFT + (np.log10(rows) - x0) / max(x1 - x0, 1e-9) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (np.log10(seconds) - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)
        return round(float(x), 1), round(float(y), 1)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    parts.append(f'<text x="{LEFT}" y="22" font-weight="bold">Prevalence table: seconds by rows of a survey</text>')
    for power in range(int(y0), int(y1) + 1):
        _, y = place(10**x0, 10.0**power)
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:g} s</text>')
    for power in range(int(np.ceil(x0)), int(np.floor(x1)) + 1):
        x, _ = place(10.0**power, 10**y0)
        parts.append(f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">rows</text>')
    for (name, curve), colour in zip(curves.items(), ("#1f6f8b", "#b1312c"), strict=True):
        if not curve:
            continue
        line = [place(*point) for point in curve]
        path = " ".join(f"{x},{y}" for x, y in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in line]
        parts.append(f'<text x="{line[-1][0] + 10}" y="{line[-1][1] + 4}" fill="{colour}">{name}</text>')
    for rows, seconds in ((SMALL_ROWS, SMALL_SECONDS), (LARGE_ROWS, LARGE_SECONDS)):
        if x0 <= np.log10(rows) <= x1:
            x, y = place(rows, seconds)
            parts.append(f'<path d="M{x - 5} {y - 5}l10 10m-10 0l10 -10" stroke="#333" stroke-width="1.5"/>')
            parts.append(f'<text x="{x - 9}" y="{y + 4}" text-anchor="end">goal {seconds:g} s</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Seconds by rows of a survey" font-family="sans-serif" font-size="12">{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    main()
