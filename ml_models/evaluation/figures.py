"""The figures of a set of sessions: error, agreement, coverage, stunting, confidence, yield; overall and by group.

Decides what is reported and by which groups; the statistics are `agreement`'s. Everything comes out as plain values
for JSON, None where too few sessions speak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from children.growth import Index
from ml_models.estimator import CONFIDENCE_WITHIN_CM, PERCENTS
from ml_models.evaluation.agreement import (
    Figure,
    Limits,
    bias,
    correlation,
    limits_of_agreement,
    mean_absolute,
    share,
    slope,
)
from ml_models.evaluation.comparison import BoolArray, Comparison, FloatArray
from ml_models.evaluation.sessions_file import TRUTH_QUANTITIES
from ml_models.evaluation.who import INDEX_FOR_AGE

Values = dict[str, Any]

STUNTED_BELOW_Z = -2.0
TALL_ABOVE_Z = 1.0
#: Completed months, [from, to).
AGE_BANDS_MONTHS = ((0, 6), (6, 12), (12, 24), (24, 36), (36, 48), (48, 60))
#: |marker plane - body plane| in cm.
IN_PLANE_CM, OFF_PLANE_CM = 3.0, (10.0, 15.0)
WITHIN_CM = (1.0, CONFIDENCE_WITHIN_CM)
CONFIDENCE_BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_DAYS_PER_MONTH = 30.4375


def groups(data: Comparison) -> dict[str, dict[str, BoolArray]]:
    """Return which sessions belong to each group of each dimension; groups without a session are left out."""
    ages = {
        f"{low}-{high - 1} months": _between(data.age_days, low * _DAYS_PER_MONTH, high * _DAYS_PER_MONTH)
        for low, high in AGE_BANDS_MONTHS
    }
    mismatch = np.abs(data.marker_mismatch_cm)
    in_plane, off_plane = (
        mismatch <= IN_PLANE_CM,
        _between(mismatch, OFF_PLANE_CM[0], np.nextafter(OFF_PLANE_CM[1], 99)),
    )
    marker = data.cue == "marker"
    with_marker = {
        "within 3 cm of the plane": marker & in_plane,
        "10-15 cm off the plane": marker & off_plane,
        "other or unknown": marker & ~in_plane & ~off_plane,
    }
    postures = {name: data.posture == name for name in ("standing", "lying")}
    cues = {name: data.cue == name for name in ("marker", "distance", "none")}
    dimensions = {
        "posture": postures,
        "scale cue": cues,
        "posture and scale cue": _crossed(postures, cues),
        "marker mismatch": with_marker,
        "posture and marker mismatch": _crossed(postures, with_marker),
        "age": ages,
        "age, posture and scale cue": _crossed(_crossed(ages, postures), cues),
        "sex": {"boys": data.sex == "M", "girls": data.sex == "F"},
        "skin tone": {f"tone {tone}": data.skin_tone == tone for tone in sorted(_known(data.skin_tone))},
    }
    return {
        dimension: {name: members for name, members in parts.items() if members.any()}
        for dimension, parts in dimensions.items()
    }


def session_figures(data: Comparison, members: BoolArray) -> Values:
    """Return all figures of the sessions `members`."""
    return {
        "sessions": int(members.sum()),
        "yield": _value(share(data.succeeded[members & data.must_be_measured])),
        "quantities": {name: quantity_figures(data, name, members) for name in TRUTH_QUANTITIES},
        "height": _height_figures(data, members),
        "stunting": stunting_figures(data, members),
        "confidence": confidence_figures(data, members),
    }


def quantity_figures(data: Comparison, name: str, members: BoolArray) -> Values:
    """Return the figures of one quantity, in its unit, beside what age and sex alone say of the same children."""
    chosen = members & data.known(name)
    truth, estimate = data.true[name][chosen], data.estimated[name][chosen]
    errors = estimate - truth
    index = INDEX_FOR_AGE[name]
    true_z, estimated_z = data.true_z[index][chosen], data.estimated_z[index][chosen]
    both = np.isfinite(true_z) & np.isfinite(estimated_z)
    for_age, median = data.for_age[name][chosen] - truth, data.who_median[name][chosen] - truth
    return {
        "n": int(chosen.sum()),
        "mae": _value(mean_absolute(errors)),
        "mae_age_and_sex": _value(mean_absolute(for_age[np.isfinite(for_age)])),
        "mae_who_median": _value(mean_absolute(median[np.isfinite(median)])),
        "bias": _value(bias(errors)),
        "limits_of_agreement": _limits(limits_of_agreement(errors)),
        "correlation": _value(correlation(truth, estimate)),
        "z_index": index.value,
        "z_correlation": _value(correlation(true_z[both], estimated_z[both])),
        "coverage": {str(percent): coverage(data, name, percent, members) for percent in PERCENTS},
    }


def coverage(data: Comparison, name: str, percent: int, members: BoolArray) -> Values:
    """Return the share of truths inside the `percent` % interval, and the median width of the interval."""
    chosen = members & data.known(name)
    truth, low, high = data.true[name][chosen], data.low[name][percent][chosen], data.high[name][percent][chosen]
    width = float(np.median(high - low)) if chosen.any() else None
    return {"share": _value(share((low <= truth) & (truth <= high))), "median_width": _round(width)}


def stunting_figures(data: Comparison, members: BoolArray) -> Values:
    """Return how well HAZ < -2 by the estimate finds HAZ < -2 by the truth."""
    true_z, estimated_z = _haz(data, members)
    stunted, called = true_z < STUNTED_BELOW_Z, estimated_z < STUNTED_BELOW_Z
    return {
        "n": int(stunted.size),
        "stunted": int(stunted.sum()),
        "called": int(called.sum()),
        "sensitivity": _value(share(called[stunted])),
        "specificity": _value(share(~called[~stunted])),
        "positive_predictive_value": _value(share(stunted[called])),
        "negative_predictive_value": _value(share(~stunted[~called])),
    }


def confidence_figures(data: Comparison, members: BoolArray) -> Values:
    """Return whether `confidence` is what it says: the probability of being within 1.4 cm."""
    chosen = members & data.known("height_cm") & np.isfinite(data.confidence)
    said = data.confidence[chosen]
    right = np.abs(data.estimated["height_cm"] - data.true["height_cm"])[chosen] <= CONFIDENCE_WITHIN_CM
    bins = []
    for low, high in pairwise(CONFIDENCE_BINS):
        inside = (said >= low) & ((said < high) | (high == CONFIDENCE_BINS[-1]))
        if inside.any():
            bins.append(
                {"from": low, "to": high, "said": _round(said[inside].mean()), "right": _value(share(right[inside]))}
            )
    if not said.size:
        return {"n": 0, "said": None, "right": None, "brier": None, "bins": []}
    return {
        "n": int(said.size),
        "said": _round(said.mean()),
        "right": _value(share(right)),
        "brier": _round(np.mean((said - right) ** 2)),
        "bins": bins,
    }


def yield_figures(data: Comparison) -> Values:
    """Return how many sessions gave an estimate, why others did not, and what was expected of each."""
    good, refused = data.must_be_measured, ~data.succeeded
    expected = sorted(set(data.expected_reason[~good].tolist()))
    return {
        "started": int(good.size),
        "to_be_measured": int(good.sum()),
        "to_be_refused": int((~good).sum()),
        "yield": _value(share(data.succeeded[good])),
        "refused_as_expected": _value(share((data.reason == data.expected_reason)[~good])),
        "refused_at_all": _value(share(refused[~good])),
        "reasons": _counts(data.reason[refused & good]),
        "expected_and_given": {
            name: _counts(np.where(data.reason == "", "(measured)", data.reason)[data.expected_reason == name])
            for name in expected
        },
        "unexpected": [
            {"session_id": session, "expected": wanted, "given": given}
            for session, wanted, given in zip(data.session_id, data.expected_reason, data.reason, strict=True)
            if wanted != given
        ],
    }


def _height_figures(data: Comparison, members: BoolArray) -> Values:
    """Return what is asked of length and height alone."""
    chosen = members & data.known("height_cm")
    errors = (data.estimated["height_cm"] - data.true["height_cm"])[chosen]
    true_z, estimated_z = _haz(data, members)
    true_haz = data.true_z[Index.HAZ][chosen]
    # A bias must show in each band by itself: shrinkage to the average misses exactly the stunted.
    bands = {
        "below -2": true_haz < STUNTED_BELOW_Z,
        "-2 to +1": (true_haz >= STUNTED_BELOW_Z) & (true_haz <= TALL_ABOVE_Z),
        "above +1": true_haz > TALL_ABOVE_Z,
    }
    return {
        **{f"within_{limit:g}_cm": _value(share(np.abs(errors) <= limit)) for limit in WITHIN_CM},
        "haz_slope": _value(slope(true_z, estimated_z)),
        "bias_by_true_haz": {name: _value(bias(errors[inside])) for name, inside in bands.items()},
    }


def _haz(data: Comparison, members: BoolArray) -> tuple[FloatArray, FloatArray]:
    true_z, estimated_z = data.true_z[Index.HAZ], data.estimated_z[Index.HAZ]
    chosen = members & data.known("height_cm") & np.isfinite(true_z) & np.isfinite(estimated_z)
    return true_z[chosen], estimated_z[chosen]


def _between(values: FloatArray, low: float, high: float) -> BoolArray:
    return np.asarray((values >= low) & (values < high))


def _crossed(left: Mapping[str, BoolArray], right: Mapping[str, BoolArray]) -> dict[str, BoolArray]:
    return {f"{a}, {b}": left[a] & right[b] for a in left for b in right}


def _known(values: FloatArray) -> set[int]:
    return {int(value) for value in values[np.isfinite(values)]}


def _counts(words: np.ndarray[Any, Any]) -> dict[str, int]:
    names, counts = np.unique(words, return_counts=True)
    return dict(sorted(zip(names.tolist(), counts.tolist(), strict=True), key=lambda item: (-item[1], item[0])))


def _value(figure: Figure | None) -> Values | None:
    return None if figure is None else {k: v if k == "n" else _round(v) for k, v in asdict(figure).items()}


def _limits(limits: Limits | None) -> Values | None:
    return None if limits is None else {"lower": _value(limits.lower), "upper": _value(limits.upper)}


def _round(value: float | np.floating[Any] | None) -> float | None:
    return None if value is None else round(float(value), 4)
