"""Two models on the same sessions: who is nearer to what was measured by hand, and is the difference more than chance?

Decides when the second model counts as worse. Lengths and heights only: nothing else of a scan becomes a measurement.
Numpy only, so that the portal may import it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: What a screening tool should reach, cm: the band that `confidence` speaks of.
WITHIN_CM = 1.4
#: A bias beyond this shifts the prevalence of stunting by points, cm.
WORST_BIAS_CM = 0.3
#: A 90 % interval that covers less misleads; looked at from this many sessions on.
WORST_COVERAGE_90, COVERAGE_FROM_SESSIONS = 0.85, 50
#: A posture with as many children is looked at by itself.
POSTURE_FROM_CHILDREN = 30
BOOTSTRAP_DRAWS = 2000
PERCENTILES = (2.5, 97.5)
#: Differences are told, and judged, to a hundredth of a centimetre.
DECIMALS = 2


@dataclass(frozen=True)
class HeightErrors:
    """One model on n sessions. `error_cm`: estimate minus truth, NaN where it gave none; `inside_90`: whether the
    truth lies in its 90 % interval. Both (n,)."""

    label: str
    error_cm: FloatArray
    inside_90: NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """`rows`: a table for people, first over all sessions, then by posture. `objections`: why the candidate is worse,
    as sentences; empty for one that may be promoted."""

    rows: tuple[Mapping[str, Any], ...]
    objections: tuple[str, ...]


def compare(
    active: HeightErrors, candidate: HeightErrors, *, child: Sequence[str], is_lying: NDArray[np.bool_], seed: int = 1
) -> Comparison:
    """Compare both models on the sessions of which both gave an estimate.

    `child`: whose session it is, (n,): the interval of the difference comes from drawing children, not sessions, anew.
    """
    members = np.array(child)
    rng = np.random.default_rng(seed)
    everyone = np.ones(len(members), dtype=bool)
    groups = {"all": everyone, "lying": is_lying, "standing": ~is_lying}
    rows = [_row(name, active, candidate, members, group, rng) for name, group in groups.items() if group.any()]
    return Comparison(rows=tuple(rows), objections=tuple(_objections(rows)))


def _row(
    name: str,
    active: HeightErrors,
    candidate: HeightErrors,
    child: NDArray[np.str_],
    group: NDArray[np.bool_],
    rng: np.random.Generator,
) -> dict[str, Any]:
    both = group & ~np.isnan(active.error_cm) & ~np.isnan(candidate.error_cm)
    row: dict[str, Any] = {
        "group": name,
        "sessions": int(both.sum()),
        "children": len(np.unique(child[both])),
        "active": active.label,
        "candidate": candidate.label,
        "active_estimates": int((group & ~np.isnan(active.error_cm)).sum()),
        "candidate_estimates": int((group & ~np.isnan(candidate.error_cm)).sum()),
    }
    if not both.any():
        return row
    for side, errors in (("active", active), ("candidate", candidate)):
        error = errors.error_cm[both]
        row[f"{side}_mae_cm"] = _rounded(np.mean(np.abs(error)))
        row[f"{side}_bias_cm"] = _rounded(np.mean(error))
        row[f"{side}_within_1_4_cm"] = _rounded(np.mean(np.abs(error) <= WITHIN_CM))
        row[f"{side}_coverage_90"] = _rounded(np.mean(errors.inside_90[both]))
    difference = np.abs(candidate.error_cm[both]) - np.abs(active.error_cm[both])
    low, high = bootstrap_interval(difference, child[both], rng)
    row["mae_difference_cm"] = _rounded(np.mean(difference))
    row["mae_difference_interval_cm"] = [_rounded(low), _rounded(high)]
    return row


def bootstrap_interval(values: FloatArray, child: NDArray[np.str_], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of the mean of `values`, (n,), over children drawn with replacement."""
    _names, index = np.unique(child, return_inverse=True)
    count = int(index.max()) + 1
    sums, sizes = np.bincount(index, values, count), np.bincount(index, minlength=count)
    times = rng.multinomial(count, np.full(count, 1 / count), BOOTSTRAP_DRAWS)  # (draws, children)
    means = (times @ sums) / (times @ sizes)
    low, high = np.percentile(means, PERCENTILES)
    return float(low), float(high)


def _objections(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    overall, *postures = rows
    if not overall["sessions"]:
        return ["There is no session of which both models gave a length or height."]
    found = []
    if overall["mae_difference_cm"] > 0:
        found.append(
            f"Its mean absolute error is {overall['candidate_mae_cm']:.2f} cm, that of the active model "
            f"{overall['active_mae_cm']:.2f} cm."
        )
    bias, active_bias = abs(overall["candidate_bias_cm"]), abs(overall["active_bias_cm"])
    if bias > WORST_BIAS_CM and bias > active_bias:
        found.append(f"Its bias is {overall['candidate_bias_cm']:+.2f} cm, beyond {WORST_BIAS_CM} cm and the active's.")
    covered = overall["candidate_coverage_90"]
    if overall["sessions"] >= COVERAGE_FROM_SESSIONS and covered < min(
        WORST_COVERAGE_90, overall["active_coverage_90"]
    ):
        found.append(f"Its 90 % intervals hold the truth in {covered:.0%} of sessions only.")
    if overall["candidate_estimates"] < overall["active_estimates"]:
        found.append(
            f"It gives {overall['candidate_estimates']} estimates where the active model gives "
            f"{overall['active_estimates']}."
        )
    for row in postures:
        if row["children"] >= POSTURE_FROM_CHILDREN and row["mae_difference_interval_cm"][0] > 0:
            found.append(f"It is worse for children {row['group']}: {row['mae_difference_cm']:+.2f} cm.")
    return found


def _rounded(value: np.floating[Any] | float) -> float:
    return round(float(value), DECIMALS)
