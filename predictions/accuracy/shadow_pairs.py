"""A candidate beside the active models on the same sessions: who was nearer to what was measured by hand.

Only sessions that both answered are compared. Differences are paired, so that easy and hard children cancel out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q

from children.growth.survey import Share, share_of
from ml_models.evaluation.agreement import Figure, FloatArray, bias, mean_absolute, standard_deviation
from predictions.accuracy.paired_figures import WITHIN_CM
from predictions.accuracy.paired_rows import PairedRow, PairScope, paired_rows
from predictions.models import ModelVersion, ShadowPrediction


@dataclass(frozen=True)
class Side:
    """Errors of one side, in cm."""

    mean_absolute: Figure | None
    bias: Figure | None
    sd: Figure | None
    within: Share


@dataclass(frozen=True)
class ShadowFigures:
    """What is known of a candidate. `answered`, `refused`: sessions, with or without a measurement by hand.

    `pairs` of `children` were also measured by hand; `difference`: the candidate's absolute error minus that of the
    stored estimate, below zero where the candidate is nearer; `apart`: candidate minus stored estimate, signed.
    """

    answered: int
    refused: int
    pairs: int
    children: int
    active: Side
    candidate: Side
    difference: Figure | None
    apart: Figure | None


def shadow_figures(candidate: ModelVersion, scope: PairScope) -> ShadowFigures:
    """Return the figures of `candidate` in `scope`; six queries, however many sessions there are."""
    said = ShadowPrediction.objects.filter(model_version=candidate, session__child__clinic__in=scope.clinics)
    counts = said.aggregate(
        answered=Count("pk", filter=Q(height_cm__isnull=False)), refused=Count("pk", filter=Q(height_cm__isnull=True))
    )
    heights = dict(said.filter(height_cm__isnull=False).values_list("session_id", "height_cm"))
    both = [row for row in paired_rows(scope).rows if row.session_id in heights]
    by_hand = _column([row.by_hand_cm for row in both])
    stored = _column([row.estimate_cm for row in both])
    candidates = _column([heights[row.session_id] for row in both])
    return ShadowFigures(
        **counts,
        pairs=len(both),
        children=_children(both),
        active=_side(stored - by_hand),
        candidate=_side(candidates - by_hand),
        difference=bias(np.abs(candidates - by_hand) - np.abs(stored - by_hand)),
        apart=bias(candidates - stored),
    )


def _side(errors: FloatArray) -> Side:
    limit = WITHIN_CM[-1]
    return Side(
        mean_absolute=mean_absolute(errors),
        bias=bias(errors),
        sd=standard_deviation(errors),
        within=share_of(int((np.abs(errors.round(2)) <= limit).sum()), errors.size),
    )


def _children(rows: Sequence[PairedRow]) -> int:
    return len({row.child_id for row in rows})


def _column(values: Sequence[float]) -> FloatArray:
    return np.array(values, dtype=np.float64)
