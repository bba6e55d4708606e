"""The reference network: four sizes from one pose and nine facts of the film. Read it top to bottom.

A plain regression in the units of its name, without growth standards: what a child's picture, age and distance say to a
network that knows no geometry. `reference_inputs` makes its rows. Scaling of inputs and outputs is kept in buffers, so
that the weights are all that a prediction needs; an input that is missing (NaN) counts as the training mean.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

FloatArray = NDArray[np.float64]

#: x and y of 33 landmarks, in the landmarks' order: x0, y0, x1, y1, ...
KEYPOINT_INPUTS = 66
#: Unit and meaning of each: `networks/reference_inputs.py`.
METADATA = (
    "age_months",
    "is_girl",
    "device_height_cm",
    "distance_cm",
    "lighting",
    "video_quality",
    "pose_confidence",
    "frame_count",
    "duration_s",
)
INPUTS = KEYPOINT_INPUTS + len(METADATA)
OUTPUTS = ("height_cm", "weight_kg", "arm_circumference_cm", "head_circumference_cm")
#: What the outputs are called everywhere else, and how much of that unit one unit of the output is: arms are in mm.
QUANTITIES = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
QUANTITY_PER_OUTPUT = np.array([1.0, 1.0, 10.0, 1.0])
#: Inputs that never change in training are not enlarged.
MIN_SCALE = 1e-6


class ReferenceNetwork(nn.Module):
    """Two encoders and a predictor, 72,596 weights."""

    input_mean: Tensor
    input_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("input_mean", torch.zeros(INPUTS))
        self.register_buffer("input_scale", torch.ones(INPUTS))
        self.register_buffer("output_mean", torch.zeros(len(OUTPUTS)))
        self.register_buffer("output_scale", torch.ones(len(OUTPUTS)))
        self.pose = nn.Sequential(
            nn.Linear(KEYPOINT_INPUTS, 128),
            nn.ReLU(),
            nn.BatchNorm1d(128),
            nn.Dropout(0.3),
            nn.Linear(128, 64),
            nn.ReLU(),
        )
        self.metadata = nn.Sequential(
            nn.Linear(len(METADATA), 32),
            nn.ReLU(),
            nn.Linear(32, 16),
        )
        self.predictor = nn.Sequential(
            nn.Linear(64 + 16, 256),
            nn.ReLU(),
            nn.BatchNorm1d(256),
            nn.Dropout(0.4),
            nn.Linear(256, 128),
            nn.ReLU(),
            nn.Linear(128, len(OUTPUTS)),
        )

    def forward(self, rows: Tensor) -> Tensor:
        """OUTPUTS in their units, (n, 4), of unscaled rows, (n, 75)."""
        scaled = torch.nan_to_num((rows - self.input_mean) / self.input_scale, nan=0.0)
        pose = self.pose(scaled[:, :KEYPOINT_INPUTS])  # (n, 66) -> (n, 64)
        metadata = self.metadata(scaled[:, KEYPOINT_INPUTS:])  # (n, 9) -> (n, 16)
        found = self.predictor(torch.cat([pose, metadata], dim=1))  # (n, 80) -> (n, 4)
        return torch.addcmul(self.output_mean, self.output_scale, found)

    def fit_scaling(self, rows: Tensor, targets: Tensor) -> None:
        """Keep mean and SD of training rows, (n, 75), NaN where missing, and of targets, (n, 4)."""
        known = ~torch.isnan(rows)
        count = known.sum(dim=0).clamp_min(1)
        mean = torch.nan_to_num(rows).sum(dim=0) / count
        variance = torch.where(known, (rows - mean) ** 2, 0.0).sum(dim=0) / count
        self.input_mean, self.input_scale = mean, variance.sqrt().clamp_min(MIN_SCALE)
        self.output_mean, self.output_scale = targets.mean(dim=0), targets.std(dim=0).clamp_min(MIN_SCALE)


def standardised_loss(network: ReferenceNetwork, rows: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error in SDs of the training targets, so that the four sizes count alike."""
    return torch.mean(((network(rows) - targets) / network.output_scale) ** 2)


def predict_quantities(network: ReferenceNetwork, rows: FloatArray) -> FloatArray:
    """QUANTITIES, (n, 4), of unscaled rows, (n, 75); the network must be in evaluation mode."""
    with torch.no_grad():
        outputs = network(torch.as_tensor(rows, dtype=torch.float32))
    return np.asarray(outputs.numpy().astype(np.float64) * QUANTITY_PER_OUTPUT)
