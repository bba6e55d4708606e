"""Whether a body in a film is like those that a model has learnt from: an adult, a doll or a dog is not.

Looks at proportions alone (segments as shares of the crown-soles distance), so a very short child of ordinary build is
familiar and scale plays no part. Decides nothing itself: `ml_models.inference` refuses what is stranger than 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.features import SEGMENTS
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

#: Shares that tell bodies apart; each is there whenever the pose model sees a whole body and has a mask.
PROPORTIONS = (
    "nose_ankle", "eyes_above_soles", "shoulders_above_soles", "hips_above_soles", "knees_above_soles", "crown_nose",
    "crown_eyes", "crown_shoulders", "trunk", "thigh", "shank", "upper_arm", "forearm", "chain", "outline_area",
)  # fmt: skip
#: Children are rare rather than strange up to this quantile of the distances seen, times a margin.
_QUANTILE, _MARGIN = 0.999, 1.5
_COLUMNS = tuple(SEGMENTS.index(name) for name in PROPORTIONS)
_EXTENT = SEGMENTS.index("crown_soles")


def fit_familiarity(values: FloatArray) -> dict[str, dict[str, Any]]:
    """Return centre, scatter and limit of the proportions of each scan type, as the manifest holds them.

    `values`: session features, (n, names), of children who were told exactly.
    """
    fitted = {}
    for scan_type, shares in _shares(values).items():
        known = shares[~np.isnan(shares).any(axis=1)]
        centre: FloatArray = np.asarray(np.median(known, axis=0), dtype=np.float64)
        spread: FloatArray = np.asarray(np.cov((known - centre).T), dtype=np.float64)
        precision = np.asarray(np.linalg.inv(spread + 1e-8 * np.eye(len(centre))), dtype=np.float64)
        limit = _MARGIN * float(np.quantile(_distances(known, centre, precision), _QUANTILE))
        fitted[scan_type.value] = {
            "children": len(known), "centre": centre.tolist(), "precision": precision.tolist(), "limit": limit,
        }  # fmt: skip
    return fitted


def strangeness(values: FloatArray, fitted: Mapping[str, Mapping[str, Any]]) -> float | None:
    """Return how strange the strangest film of one session is, 1 at the limit; None where nothing can be said.

    `values`: session features, shape (names,).
    """
    found = []
    for scan_type, shares in _shares(values[None]).items():
        about = fitted.get(scan_type.value)
        if about is None or np.isnan(shares).any():
            continue
        centre, precision = np.array(about["centre"]), np.array(about["precision"])
        found.append(float(_distances(shares, centre, precision)[0]) / float(about["limit"]))
    return max(found, default=None)


def _shares(values: FloatArray) -> dict[ScanType, FloatArray]:
    blocks = values.reshape(len(values), len(ScanType), len(SEGMENTS))
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            scan_type: blocks[:, index, _COLUMNS] / blocks[:, index, _EXTENT, None]
            for index, scan_type in enumerate(ScanType)
        }


def _distances(shares: FloatArray, centre: FloatArray, precision: FloatArray) -> FloatArray:
    off = shares - centre
    return np.asarray(np.sqrt(np.einsum("ni,ij,nj->n", off, precision, off)))
