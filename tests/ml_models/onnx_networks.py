"""Small pose networks that specifications export themselves, and the pictures that they understand.

The networks know no bodies: each point of a body is a soft dot of its own colour, and a fixed 1 x 1 convolution says
where that colour is. So the right answer is known to a fraction of a pixel, and a wrong mean, colour order, layout,
stride or order of points is seen at once.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml_models.pose.keypoint_orders import KeypointOrder
from ml_models.pose.sidecar import SIDECAR

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Colours further than this from a dot's own (cosine) are not it.
_SAME_COLOUR = 0.985


@cache
def colours(count: int) -> np.ndarray:
    """Return `count` colours as unlike each other as can be, float64, shape (count, 3), brightest channel 1."""
    steps = np.linspace(0, 1, 12)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    faces = cube[cube.max(axis=1) == 1]
    directions = faces / np.linalg.norm(faces, axis=1, keepdims=True)
    chosen = [0]
    while len(chosen) < count:
        chosen.append(int((directions @ directions[chosen].T).max(axis=1).argmin()))
    return faces[chosen]


def draw(places: np.ndarray, *, width: int, height: int, sigma: float) -> np.ndarray:
    """Return a black picture, uint8 RGB, with a dot for each place, float64, shape (points, 2), px; NaN: no dot."""
    shown = np.isfinite(places[:, 0])
    palette = colours(len(places))[shown] * 255
    across = np.exp(-((np.arange(width) + 0.5 - places[shown, :1]) ** 2) / (2 * sigma**2))  # (dots, width)
    down = np.exp(-((np.arange(height) + 0.5 - places[shown, 1:]) ** 2) / (2 * sigma**2))  # (dots, height)
    coloured = (across[:, :, None] * palette[:, None, :]).reshape(len(palette), -1)  # (dots, width x 3)
    picture = (down.T @ coloured).reshape(height, width, 3)
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


class DotMaps(torch.nn.Module):
    """One map a colour, from a picture of (N)CHW or NHWC in any colour order and range."""

    def __init__(self, points: int, *, spec: dict[str, Any], stride: int) -> None:
        super().__init__()
        self.spec, self.stride = spec, stride
        palette = torch.tensor(colours(points), dtype=torch.float32)
        lengths = palette.norm(dim=1, keepdim=True)
        self.lengths = lengths[:, 0]
        self.convolution = torch.nn.Conv2d(3, points, 1, bias=False)
        self.convolution.weight.data = (palette / lengths)[:, :, None, None]

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        spec = self.spec
        image = image[None] if image.dim() == 3 else image
        image = image.permute(0, 3, 1, 2) if spec["layout"] in ("NHWC", "HWC") else image
        image = image * torch.tensor(spec["std"])[:, None, None] + torch.tensor(spec["mean"])[:, None, None]
        low, high = spec["value_range"]
        image = (image - low) / (high - low)
        image = image.flip(1) if spec["colour_order"] == "BGR" else image
        brightness = torch.sqrt((image**2).sum(dim=1, keepdim=True) + 1e-9)
        close = torch.relu(self.convolution(image) - _SAME_COLOUR * brightness) / (1 - _SAME_COLOUR)
        maps = close / self.lengths[:, None, None]
        return torch.nn.functional.avg_pool2d(maps, self.stride) if self.stride > 1 else maps


class DotPoints(torch.nn.Module):
    """The centres of the dots, shape (1, points, 3): x, y in px, score; NaN-free, score 0 without a dot."""

    def __init__(self, points: int, *, spec: dict[str, Any]) -> None:
        super().__init__()
        self.maps = DotMaps(points, spec=spec, stride=1)
        self.register_buffer("x", torch.arange(spec["width"]) + 0.5)
        self.register_buffer("y", torch.arange(spec["height"]) + 0.5)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        maps = self.maps(image)  # (1, points, height, width)
        weights = torch.relu(maps - 0.3)  # what else has a little of the colour does not pull
        total = weights.sum(dim=(2, 3)) + 1e-9
        x = (weights * self.x).sum(dim=(2, 3)) / total
        y = (weights * self.y[:, None]).sum(dim=(2, 3)) / total
        return torch.stack([x, y, maps.amax(dim=(2, 3))], dim=-1)


class DotDetector(torch.nn.Module):
    """What a keypoint R-CNN says: boxes, scores and keypoints of two people; the second is a smaller, surer one."""

    def __init__(self, points: int, *, spec: dict[str, Any]) -> None:
        super().__init__()
        self.points = DotPoints(points, spec=spec)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        person = self.points(image)
        small = torch.cat([person[..., :2] * 0.25, person[..., 2:]], dim=-1)
        people = torch.cat([small, person])  # (2, points, 3)
        boxes = torch.cat([people[..., :2].amin(dim=1), people[..., :2].amax(dim=1)], dim=-1)
        seen = person[..., 2].mean()
        return boxes, torch.stack([seen, seen * 0.9]), people


class Fixed(torch.nn.Module):
    """Says the same of every picture."""

    def __init__(self, *arrays: np.ndarray) -> None:
        super().__init__()
        self.arrays = [torch.tensor(array, dtype=torch.float32) for array in arrays]

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(array + 0 * image.mean() for array in self.arrays)


def described(order: KeypointOrder, *, width: int = 160, height: int = 320, **changed: Any) -> dict[str, Any]:
    """Return a description of a heatmap network as OpenPose's are; `changed`: other fields, nested ones by `a__b`."""
    content: dict[str, Any] = {
        "schema": 1,
        "name": "dots",
        "version": "1",
        "licence": "made for tests",
        "commercial_use": True,
        "network_file": "dots.onnx",
        "sha256": "0" * 64,
        "keypoint_order": order.value,
        "input": {
            "width": width,
            "height": height,
            "layout": "NCHW",
            "colour_order": "BGR",
            "value_range": [0, 1],
            "mean": list(MEAN),
            "std": list(STD),
        },
        "output": {"kind": "heatmap", "heatmaps": "maps", "stride": 2},
        "min_score": 0.1,
        "seen_score": 0.2,
    }
    for name, value in changed.items():
        place = content
        *outer, last = name.split("__")
        for step in outer:
            place = place[step]
        place[last] = value
    return content


def install(folder: Path, network: torch.nn.Module, content: dict[str, Any], *, outputs: list[str]) -> Path:
    """Export `network` beside its description, with its sha256, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = content["input"]
    shape = {
        "NCHW": (1, 3, spec["height"], spec["width"]),
        "NHWC": (1, spec["height"], spec["width"], 3),
        "CHW": (3, spec["height"], spec["width"]),
        "HWC": (spec["height"], spec["width"], 3),
    }[spec["layout"]]
    path = folder / content["network_file"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter with the fewest dependencies calls itself old
        torch.onnx.export(
            network.eval(),
            (torch.zeros(shape),),
            str(path),
            input_names=["picture"],
            output_names=outputs,
            dynamo=False,
        )
    content["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    describe(folder, content)
    return folder


def describe(folder: Path, content: dict[str, Any]) -> None:
    """Write the description alone."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SIDECAR).write_text(json.dumps(content))
