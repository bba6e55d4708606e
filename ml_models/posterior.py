"""From ratios, a scale and what age and sex already say to four sizes with one joint uncertainty.

Everything is Gaussian in the logarithms of the sizes, so each source has its weight: the film by the scale's SD and the
network's own, age and sex by how widely children differ. The width of that prior is on purpose that of no healthy
population: a short child measured well must stay short. numpy only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.proportions import POWERS

FloatArray = NDArray[np.float64]

#: z-scores of height, weight, MUAC and head circumference that age and sex alone let expect: mean, SD, correlations of
#: a population with much malnutrition, widened.
PRIOR_MEAN_Z = np.array([-0.7, -0.6, -0.5, -0.3])
PRIOR_SD_Z = np.array([3.5, 2.6, 2.2, 1.8])
PRIOR_CORRELATION = np.array(
    [
        [1.00, 0.75, 0.55, 0.50],
        [0.75, 1.00, 0.80, 0.55],
        [0.55, 0.80, 1.00, 0.45],
        [0.50, 0.55, 0.45, 1.00],
    ]
)
#: Step in z over which the logarithm of a size is taken as straight.
_STEP_Z = 1.0


def prior(lms: FloatArray, is_girl: NDArray[np.bool_], age_days: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Mean (n, 4) and covariance (n, 4, 4) of the log sizes by age and sex alone.

    `lms`: WHO parameters, (4, 2, days, 3), known at every age.
    """
    rows = np.moveaxis(lms[:, is_girl.astype(int), age_days], 0, 1)  # (n, 4, 3)
    low, middle, high = (log_size(rows, PRIOR_MEAN_Z + step) for step in (-_STEP_Z, 0.0, _STEP_Z))
    spread = (high - low) / (2 * _STEP_Z) * PRIOR_SD_Z  # (n, 4)
    return middle, spread[:, :, None] * PRIOR_CORRELATION * spread[:, None, :]


def log_size(lms: FloatArray, z: FloatArray) -> FloatArray:
    """Log of the size at `z`, (..., 4), for LMS parameters (..., 4, 3)."""
    power, median, spread = np.moveaxis(lms, -1, 0)
    flat = np.abs(power) < 1e-6
    safe = np.where(flat, 1.0, power)
    curved = np.log(np.maximum(1 + safe * spread * z, 1e-3)) / safe
    return np.asarray(np.log(median) + np.where(flat, spread * z, curved))


def update(
    prior_mean: FloatArray,
    prior_covariance: FloatArray,
    *,
    log_extent: FloatArray,
    ratio_mean: FloatArray,
    ratio_covariance: FloatArray,
    scale_sd: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mean and SD of the log sizes, each (n, 4), after the film.

    `log_extent`: log cm of the crown-soles distance as the scale says, (n,); `ratio_mean`: of the network, (n, 4), with
    the covariance of its errors, (n, 4, 4); `scale_sd`: relative SD of the scale, (n,), an error that all four sizes
    share.
    """
    seen = ratio_mean + POWERS * log_extent[:, None]  # (n, 4)
    shared = scale_sd[:, None, None] ** 2 * np.outer(POWERS, POWERS)
    gain = prior_covariance @ np.linalg.inv(prior_covariance + ratio_covariance + shared)
    mean = prior_mean + np.einsum("nij,nj->ni", gain, seen - prior_mean)
    covariance = prior_covariance - gain @ prior_covariance
    return mean, np.sqrt(np.einsum("nii->ni", covariance))
