"""What MediaPipe gets wrong, per landmark: bias and covariance measured on rendered films, and draws from them.

    python -m ml_models.synthetic.errors --films ml_models/synthetic/data/films_train.npz

writes data/landmark_errors.json. Errors are fractions of stature along and across the body's long axis in the image.
Their mean leans on a few facts of film and child (COVARIATES), because a large head or a low camera shifts what is
found.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.film_table import FilmTable, load_films
from ml_models.synthetic.films import image_axes
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

ERRORS_FILE = Path(__file__).parent / "data" / "landmark_errors.json"
#: One; stature in 20 cm from 85 cm; tilt off the perpendicular in 10 degrees; stature in the film in 1000 px.
COVARIATES = ("one", "stature", "tilt", "size")
#: A film with a trunk or leg point off by more than this share of stature, or an end of the body by more along its
#: axis, is a wrong pose, not a biased one: it is counted and left out, for refusing it is the quality gate's work.
GROSS_ERROR, GROSS_END_ERROR = 0.1, 0.07
BODY_POINTS, ENDS = (11, 12, 23, 24, 25, 26, 27, 28), (33, 34)
#: Left-right partners of the 35 points, to mirror side views that face left.
MIRRORED = (0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, 33)), 33, 34)
RIDGE = 1.0


@dataclass(frozen=True)
class LandmarkErrors:
    """Errors of one scan type. `coefficients`: (COVARIATES, 70); `factor`: (70, 70), so that factor @ normal draws have
    the residual covariance. The 70 are along and across of each of the 35 points."""

    coefficients: FloatArray
    factor: FloatArray

    def draw(self, covariates: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Draw errors, shape (n, 35, 2) along and across, for `covariates`, shape (n, 4)."""
        noise = rng.normal(size=(len(covariates), 70)) @ self.factor.T
        return np.asarray((covariates @ self.coefficients + noise).reshape(-1, 35, 2))


def covariates_of(
    scan_type: ScanType, stature_cm: FloatArray, tilt_deg: FloatArray, pixels_per_cm: FloatArray
) -> FloatArray:
    """COVARIATES, shape (n, 4)."""
    off_deg = tilt_deg - (90.0 if scan_type.is_lying else 0.0)
    return np.stack(
        [np.ones_like(stature_cm), (stature_cm - 85) / 20, off_deg / 10, stature_cm * pixels_per_cm / 1000], axis=1
    )


def apply_errors(
    true_px: FloatArray, errors: FloatArray, stature_px: FloatArray, facing_left: NDArray[np.bool_]
) -> FloatArray:
    """Move exact points, (n, 35, 2) px, by errors in statures."""
    along, across = image_axes(true_px)
    errors = np.where(facing_left[:, None, None], _mirror(errors), errors) * stature_px[:, None, None]
    return np.asarray(true_px + errors[..., :1] * along[:, None] + errors[..., 1:] * across[:, None])


def errors_of(films: FilmTable) -> FloatArray:
    """Errors in statures, (n, 35, 2), of films; NaN where a point was not found."""
    along, across = image_axes(films.true_px)
    off = (films.found_px - films.true_px) / (films.pixels_per_cm * films.measured[:, 0])[:, None, None]
    errors = np.stack([np.einsum("npk,nk->np", off, along), np.einsum("npk,nk->np", off, across)], axis=-1)
    return np.asarray(np.where(films.facing_left[:, None, None], _mirror(errors), errors))


def is_gross(errors: FloatArray) -> NDArray[np.bool_]:
    """Films that were not found, lack an end of the body or have the wrong pose, shape (n,)."""
    size = np.linalg.norm(errors[:, BODY_POINTS], axis=-1)
    ends = np.abs(errors[:, ENDS, 0])  # the lowest point may be on either foot
    fits = (size.max(axis=1) < GROSS_ERROR) & (ends.max(axis=1) < GROSS_END_ERROR)
    return np.asarray(~fits | np.isnan(errors).any(axis=(1, 2)))


def fit_errors(films: FilmTable) -> dict[str, object]:
    """Bias and covariance per scan type, as the JSON table holds them."""
    table: dict[str, object] = {"covariates": COVARIATES, "unit": "stature; along, across for each of 35 points"}
    for scan_type in ScanType:
        chosen = films.take(films.scan_type == scan_type.value)
        errors = errors_of(chosen)
        kept = ~is_gross(errors)
        flat = errors[kept].reshape(-1, 70)
        design = covariates_of(scan_type, chosen.measured[:, 0], chosen.tilt_deg, chosen.pixels_per_cm)[kept]
        gram = design.T @ design + RIDGE * np.diag([0.0, 1.0, 1.0, 1.0])
        coefficients = np.linalg.solve(gram, design.T @ flat)
        covariance = np.cov((flat - design @ coefficients).T)
        table[scan_type.value] = {
            "films": len(kept),
            "kept": int(kept.sum()),
            "coefficients": np.round(coefficients, 6).tolist(),
            "covariance": np.round(covariance, 9).tolist(),
            "mean_of_crown_and_soles": np.round(flat.mean(axis=0)[[66, 68]], 5).tolist(),
        }
    return table


def load_errors(path: Path = ERRORS_FILE) -> dict[ScanType, LandmarkErrors]:
    """Read the JSON table."""
    table = json.loads(path.read_text())
    result = {}
    for scan_type in ScanType:
        entry = table[scan_type.value]
        values, vectors = np.linalg.eigh(np.array(entry["covariance"]))
        factor = vectors * np.sqrt(np.maximum(values, 0.0))
        result[scan_type] = LandmarkErrors(np.array(entry["coefficients"]), factor)
    return result


def _mirror(errors: FloatArray) -> FloatArray:
    return np.asarray(errors[:, list(MIRRORED)] * np.array([1.0, -1.0]))


def main() -> None:
    """Measure the table from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ERRORS_FILE)
    arguments = parser.parse_args()
    arguments.out.write_text(json.dumps(fit_errors(load_films(arguments.films))) + "\n")


if __name__ == "__main__":
    main()
