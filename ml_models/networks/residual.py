"""Our network: z-scores of four sizes, with their SDs, from metric segments. Read it top to bottom.

Every length is divided by the WHO median height of the child's age and sex, so that one network serves newborns and
five-year-olds and a stunted child looks the same at any age. Outputs are means and log SDs of the z-scores (Gaussian
negative log-likelihood); a straight linear path beside the hidden layers lets the geometry through undamped, so nothing
pulls a child towards the median but the uncertainty of the scale itself, which is an input.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_models.features import feature_names
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

#: Order of outputs.
QUANTITIES = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
UNITLESS = tuple(name.endswith("_parallax") for name in feature_names())
CROWN_SOLES = tuple(feature_names().index(f"{scan_type.value}.crown_soles") for scan_type in ScanType)
DISTANCES = tuple(feature_names().index(f"{scan_type.value}.distance") for scan_type in ScanType)
DAYS_PER_MONTH = 30.4375
#: log SDs are kept in this range, a numerical guard far outside what occurs.
LOG_SD_RANGE = (-5.0, 2.5)


def network_inputs(
    values: FloatArray,
    is_girl: NDArray[np.bool_],
    age_days: NDArray[np.int64],
    is_lying: NDArray[np.bool_],
    is_marker: NDArray[np.bool_],
    scale_relative_sd: FloatArray,
    lms: FloatArray,
) -> FloatArray:
    """Return the unscaled input rows, shape (n, inputs), NaN where a segment is missing.

    `values`: session features, (n, len(feature_names())); `lms`: WHO parameters, (4, 2, days, 3).
    """
    height = lms[0, is_girl.astype(int), age_days]  # (n, 3)
    median, spread = height[:, 1:2], height[:, 2:3]
    ratios = np.where(UNITLESS, values, values / median)
    extent_z = (ratios[:, CROWN_SOLES] - 1) / spread  # (n, 3): what the bare extent would say
    months = age_days[:, None] / DAYS_PER_MONTH
    view_seen = ~np.isnan(values[:, DISTANCES])  # distance is there whenever the view is
    ends_seen = ~np.isnan(values[:, CROWN_SOLES])
    flags = np.concatenate([view_seen, ends_seen, is_girl[:, None], is_lying[:, None], is_marker[:, None]], axis=1)
    facts = [months / 60, (months / 60) ** 2, np.log1p(months), np.log(scale_relative_sd)[:, None], spread]
    return np.concatenate([ratios, extent_z, flags.astype(np.float64), *facts], axis=1)


class ResidualNetwork(nn.Module):
    """One member of the ensemble. Buffers hold the scaling of its inputs."""

    mean: Tensor
    scale: Tensor

    def __init__(self, inputs: int, hidden: int, quantities: int = len(QUANTITIES)) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.straight = nn.Linear(inputs, 2 * quantities)
        self.hidden = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden // 2),
            nn.SiLU(),
            nn.Linear(hidden // 2, 2 * quantities),
        )
        nn.init.zeros_(self.straight.weight)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log SDs of the z-scores, each (n, quantities), of unscaled rows (n, inputs)."""
        scaled = torch.nan_to_num((rows - self.mean) / self.scale, nan=0.0)  # (n, inputs), missing at the mean
        mean, log_sd = (self.straight(scaled) + self.hidden(scaled)).chunk(2, dim=-1)
        return mean, log_sd.clamp(*LOG_SD_RANGE)


def gaussian_loss(mean: Tensor, log_sd: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Weighted negative log-likelihood; targets that are NaN do not count. All (n, quantities); `weight`: (n,)."""
    known = ~torch.isnan(target)
    error = torch.where(known, target - mean, torch.zeros_like(mean))
    nll = (0.5 * (error * torch.exp(-log_sd)) ** 2 + log_sd) * known
    return torch.sum(nll * weight[:, None]) / torch.sum(known * weight[:, None])


def ensemble(members: list[ResidualNetwork], rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and SD of the mixture of all members, each (n, quantities)."""
    with torch.no_grad():
        tensor = torch.as_tensor(rows, dtype=torch.float32)
        outputs = [member(tensor) for member in members]
    means = np.stack([mean.numpy() for mean, _ in outputs]).astype(np.float64)
    variances = np.stack([np.exp(2 * log_sd.numpy()) for _, log_sd in outputs]).astype(np.float64)
    return means.mean(axis=0), np.sqrt(variances.mean(axis=0) + means.var(axis=0))
