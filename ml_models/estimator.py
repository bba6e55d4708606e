"""The seam between measuring and models: what an estimator is, which intervals it gives, how its weights lie on disk.

Knows no network. `inference` serves ours, `reference_estimator` the reference network; `manifest["kind"]` tells which
of them weights belong to.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Protocol

from safetensors.torch import load
from torch import Tensor

from ml_models.types import AnthropometryEstimate, SessionFeatures

MANIFEST = "manifest.json"
#: Widths of the intervals, percent.
PERCENTS = (50, 80, 90)
#: Half width of the band that `confidence` speaks of, cm.
CONFIDENCE_WITHIN_CM = 1.4
#: Share of a Gaussian within one SD: the factor at this level turns a model's spread into the SD that is reported.
ONE_SD_LEVEL = 0.68


class WeightsError(Exception):
    """Weights that must not be used; `code` for programs, the text for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Estimator(Protocol):
    """What the pipeline needs of any model."""

    @property
    def version(self) -> str:
        """Name and version, stored with every estimate."""
        ...

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Estimate one session."""
        ...


def read_weights(directory: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read manifest and tensors of `directory`.

    Raises WeightsError("weights_missing") when a file is absent and WeightsError("sha256_mismatch") when the weights
    are not the ones that the manifest was written for.
    """
    try:
        manifest: dict[str, Any] = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        payload = (directory / manifest["weights_file"]).read_bytes()
    except FileNotFoundError as error:
        raise WeightsError("weights_missing", f"There are no weights in {directory}: {error.filename}.") from error
    if hashlib.sha256(payload).hexdigest() != manifest["sha256"]:
        raise WeightsError("sha256_mismatch", f"The weights in {directory} are not those of its manifest.")
    return manifest, load(payload)
