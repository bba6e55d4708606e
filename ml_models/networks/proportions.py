"""Our network: what a body's proportions say of its four sizes, as ratios to the length that the film shows.

Nothing that it reads has a scale: every segment and width is a share of the crown-soles distance as the film shows it.
It answers with log(height / that distance), log(weight / its cube) and so on. How far off it is, is measured on films
that it has not seen and kept beside the weights. Centimetres come in afterwards (`ml_models.posterior`), so an error of
the scale passes straight through and proportions cannot be turned into a guess of stature. Read it top to bottom.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_models.features import SEGMENTS
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

#: Order of outputs.
QUANTITIES = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
#: What each quantity grows with when a body is scaled as a whole.
POWERS = np.array([1.0, 3.0, 1.0, 1.0])
DAYS_PER_MONTH = 30.4375
#: Errors beyond this many SDs of the targets count in proportion, smaller ones by their square.
HUBER_SDS = 0.5

_EXTENT, _DISTANCE = SEGMENTS.index("crown_soles"), SEGMENTS.index("distance")
_SCALE_FREE = tuple(index for index, name in enumerate(SEGMENTS) if name.endswith("_parallax"))
_LENGTHS = tuple(i for i in range(len(SEGMENTS)) if i not in {_EXTENT, _DISTANCE, *_SCALE_FREE})


def log_extent(values: FloatArray) -> FloatArray:
    """Log of the crown-soles distance in cm, mean over the films of a session, (n,); NaN without any.

    `values`: session features, (n, len(feature_names())).
    """
    extents = values.reshape(len(values), len(ScanType), len(SEGMENTS))[:, :, _EXTENT]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)  # a session without an extent stays NaN
        return np.asarray(np.nanmean(np.log(extents), axis=1))


def views_seen(values: FloatArray) -> list[str]:
    """Which films each session has, as names joined by "+", for session features (n, len(feature_names()))."""
    extents = values.reshape(len(values), len(ScanType), len(SEGMENTS))[:, :, _EXTENT]
    names = np.array([scan_type.value for scan_type in ScanType])
    return ["+".join(names[seen]) for seen in ~np.isnan(extents)]


def network_inputs(
    values: FloatArray, is_girl: NDArray[np.bool_], age_days: NDArray[np.int64], is_lying: NDArray[np.bool_]
) -> FloatArray:
    """Return the unscaled input rows, shape (n, inputs), NaN where a film or a segment is missing."""
    blocks = values.reshape(len(values), len(ScanType), len(SEGMENTS))
    extent = blocks[:, :, _EXTENT, None]
    shares = blocks[:, :, _LENGTHS] / extent
    near = np.log(blocks[:, :, [_DISTANCE]] / extent)  # how strongly perspective bends this film
    against_session = np.log(extent) - log_extent(values)[:, None, None]  # front and side need not agree
    views = np.concatenate([shares, blocks[:, :, _SCALE_FREE], near, against_session], axis=2)
    months = age_days[:, None] / DAYS_PER_MONTH
    flags = np.concatenate([~np.isnan(extent[:, :, 0]), is_girl[:, None], is_lying[:, None]], axis=1)
    facts = [months / 60, (months / 60) ** 2, np.log1p(months)]
    return np.concatenate([views.reshape(len(values), -1), flags.astype(np.float64), *facts], axis=1)


class ProportionsNetwork(nn.Module):
    """One member of the ensemble: a straight linear path and a small hidden one beside it."""

    mean: Tensor
    scale: Tensor

    def __init__(self, inputs: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.straight = nn.Linear(inputs, len(QUANTITIES))
        self.hidden = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden // 2),
            nn.SiLU(),
            nn.Linear(hidden // 2, len(QUANTITIES)),
        )
        self.output_mean = nn.Parameter(torch.zeros(len(QUANTITIES)), requires_grad=False)
        self.output_scale = nn.Parameter(torch.ones(len(QUANTITIES)), requires_grad=False)
        nn.init.zeros_(self.straight.weight)

    def fit_scaling(self, rows: Tensor, targets: Tensor) -> None:
        """Scale inputs and outputs by the mean and SD of `rows`, (n, inputs), and `targets`, (n, 4); NaN: missing."""
        self.mean, self.scale = _mean_and_sd(rows)
        centre, spread = _mean_and_sd(targets)
        self.output_mean.data, self.output_scale.data = centre, spread

    def forward(self, rows: Tensor) -> Tensor:
        """The log ratios, (n, 4), of unscaled rows (n, inputs)."""
        # A share far outside the training is a slip of the pose, not news of the body.
        scaled = torch.nan_to_num((rows - self.mean) / self.scale, nan=0.0).clamp(-5.0, 5.0)
        answer: Tensor = self.straight(scaled) + self.hidden(scaled)
        return self.output_mean + self.output_scale * answer

    def loss(self, rows: Tensor, targets: Tensor) -> Tensor:
        """Mean Huber loss in SDs of the targets, (n, 4), so that slips of the pose pull little; NaN does not count."""
        known = ~torch.isnan(targets)
        error = torch.where(known, (targets - self(rows)) / self.output_scale, 0.0)
        total = nn.functional.smooth_l1_loss(error, torch.zeros_like(error), beta=HUBER_SDS, reduction="sum")
        return total / torch.sum(known)


def ensemble(members: list[ProportionsNetwork], rows: FloatArray) -> FloatArray:
    """Mean log ratios of all members, (n, 4)."""
    with torch.no_grad():
        tensor = torch.as_tensor(rows, dtype=torch.float32)
        return np.asarray(np.mean([member(tensor).numpy() for member in members], axis=0), dtype=np.float64)


def _mean_and_sd(values: Tensor) -> tuple[Tensor, Tensor]:
    mean = torch.nan_to_num(torch.nanmean(values, dim=0), nan=0.0)
    deviation = torch.nan_to_num(values - mean, nan=0.0)
    known = (~torch.isnan(values)).sum(dim=0).clamp_min(1)
    return mean, torch.sqrt((deviation**2).sum(dim=0) / known).clamp_min(1e-6)
