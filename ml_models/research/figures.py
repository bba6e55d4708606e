"""Two models by the figures in their manifests: what is left to compare where there are too few pairs.

Rows of both that speak of the same films are put side by side. The errors are not paired, so there is no interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ml_models.research.comparison import Comparison

Key = tuple[tuple[str, str], ...]
QUANTITY = "height_cm"
#: What a row's `part` says of a group of films as a whole.
EVERYONE = "all"
#: Where a row keeps how many it speaks of, the first that it has.
COUNTS = ("children", "n", "sessions", "rows")


def compare_figures(active: Mapping[str, Any], candidate: Mapping[str, Any]) -> Comparison:
    """Compare the `metrics` of two manifests: the errors of height of every group of films that both name.

    The mean over groups counts each by its number in the candidate's figures.
    """
    known = dict(_heights(active))
    rows: list[dict[str, Any]] = []
    for key, (count, mae) in _heights(candidate):
        if key in known:
            group = ", ".join(value.replace("_", " ") for _name, value in key)
            rows.append({"group": group, "count": count, "active_mae_cm": known[key][1], "candidate_mae_cm": mae})
    total = sum(row["count"] for row in rows)
    if not total:
        return Comparison(rows=(), objections=("The two models have no figures of the same films.",))
    before, after = (_weighted(rows, name, total) for name in ("active_mae_cm", "candidate_mae_cm"))
    overall = {"group": "all", "count": total, "active_mae_cm": before, "candidate_mae_cm": after}
    objections = (f"Its mean absolute error is {after:.2f} cm, that of the active model {before:.2f} cm.",)
    return Comparison(rows=(overall, *rows), objections=objections if after > before else ())


def _weighted(rows: Sequence[Mapping[str, Any]], name: str, total: int) -> float:
    return round(float(sum(row["count"] * row[name] for row in rows)) / total, 3)


def _heights(metrics: Mapping[str, Any]) -> Iterator[tuple[Key, tuple[int, float]]]:
    """Yield what each row is about, with its count and the mean absolute error of height."""
    for part, rows in metrics.items():
        for row in rows if isinstance(rows, list) else ():
            if row.get("part", EVERYONE) != EVERYONE:
                continue  # a part of children who are counted already
            nested = row.get(QUANTITY)
            figures = nested if isinstance(nested, Mapping) else row if row.get("quantity") == QUANTITY else {}
            count = next((row[name] for name in COUNTS if row.get(name)), 0)
            if isinstance(figures.get("mae"), int | float) and count:
                words = {name: value for name, value in row.items() if isinstance(value, str) and name != "quantity"}
                yield (("part", part), *sorted(words.items())), (int(count), float(figures["mae"]))
