"""The design of a sample as WHO's software understands it: weights, primary sampling units (PSU), strata.

Rules are those of R's survey package with single PSUs "adjusted", as WHO's anthro calls it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from children.growth.columns import FloatArray
from children.growth.survey.groups import LabelOrder
from children.growth.survey.sample import IntArray, Labels, Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How n rows were sampled.

    weight: float64, shape (n,), 0 where missing; None: all are 1. stratum: shape (n,). psu: shape (n,), numbered over
    all strata; None: each child is one. stratum_of_psu: shape (p,), None where psu is. psus: of each stratum.
    df_share, df_mean: degrees of freedom of the confidence limits of shares and means.
    simple: neither clusters nor strata. WHO then computes means, and without weights shares too, by a shortcut
    of its own, which differs from the survey package at the edges.
    """

    weight: FloatArray | None
    stratum: IntArray
    psu: IntArray | None
    stratum_of_psu: IntArray | None
    psus: IntArray
    df_share: float
    df_mean: float
    simple: bool

    @property
    def label_order(self) -> LabelOrder:
        """Return how the survey's own labels are listed."""
        return LabelOrder.FIRST_SEEN if self.simple else LabelOrder.SORTED


def sampled_rows(survey: Survey, *, in_age: IntArray) -> IntArray:
    """Return those rows that the design places: WHO leaves out a child without cluster or stratum if there are any."""
    rows = in_age
    for labels in (survey.cluster, survey.strata):
        if labels is not None:
            rows = rows[labels.codes[rows] >= 0]
    return rows


def design_of(survey: Survey, *, rows: IntArray) -> Design:
    """Return the design of `rows`, at least one, each with its cluster and stratum."""
    n = len(rows)
    weight = None if survey.sampling_weight is None else np.nan_to_num(survey.sampling_weight[rows], nan=0.0)
    simple = survey.cluster is None and survey.strata is None
    stratum, strata = _compact(survey.strata, rows)
    cluster, clusters = _compact(survey.cluster, rows)
    psu = stratum_of_psu = None
    if clusters > 1:  # WHO takes a single cluster for no clusters
        pairs, psu = np.unique(stratum * clusters + cluster, return_inverse=True)
        psu = psu.astype(np.intp)
        stratum_of_psu = pairs // clusters
        psus = np.bincount(stratum_of_psu, minlength=strata)
    else:
        psus = np.bincount(stratum, minlength=strata)
    df_share = float(_weighty_units(weight, psu, n) - _weighty_units(weight, stratum, n))
    return Design(
        weight=weight,
        stratum=stratum,
        psu=psu,
        stratum_of_psu=stratum_of_psu,
        psus=psus.astype(np.intp),
        df_share=df_share,
        # The shortcut counts children of weight 0, the survey package does not.
        df_mean=float(n - 1) if simple else df_share,
        simple=simple,
    )


def _compact(labels: Labels | None, rows: IntArray) -> tuple[IntArray, int]:
    """Return the codes of `rows` renumbered without gaps, and how many there are; one for all without labels."""
    if labels is None:
        return np.zeros(len(rows), dtype=np.intp), 1
    codes = labels.codes[rows]
    present = np.bincount(codes, minlength=len(labels.names)) > 0
    renumbered = np.cumsum(present) - 1
    return renumbered[codes], int(present.sum())


def _weighty_units(weight: FloatArray | None, unit: IntArray | None, n: int) -> int:
    """Return how many units have a child of weight above 0; a unit of None is each row."""
    if unit is None:
        return n if weight is None else int(np.count_nonzero(weight))
    return int(np.count_nonzero(np.bincount(unit, weights=weight)))
