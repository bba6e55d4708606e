"""The description that lies beside a pose network: what it wants to see, what it says, and whose it is.

A folder of weights holds `pose.json` and the ONNX file that it names. Everything is checked before the network is read:
an unknown field, a wrong type or an impossible value is refused with its place, because a wrong mean or order gives
landmarks that look right and are not. Standard library only; what each field means: docs/pose_backends.md.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ml_models.pose import PoseBackendError
from ml_models.pose.fields import Fields
from ml_models.pose.keypoint_orders import KeypointOrder

SIDECAR = "pose.json"
#: Version of this layout.
SCHEMA = 1
#: Bounds against a file that was put there by mistake; the largest network in use (BODY-25) has 105 MB.
MAX_SIDECAR_BYTES = 64 * 1024
MAX_NETWORK_BYTES = 1024 * 1024 * 1024
#: Longest side of a network's picture in px. Detectron2 looks at 800 x 1333.
MAX_SIDE_PX = 2048
MAX_STRIDE_PX = 64
MAX_CHANNELS = 4096

_NAME = r"[a-z0-9][a-z0-9._-]{0,31}"
_VERSION = r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}"
_FILE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.onnx"
_SHA256 = r"[0-9a-f]{64}"
_SENTENCE = r"[^\x00-\x1f]{1,300}"


class Layout(StrEnum):
    """Order of the axes of the network's picture: N batch of one, C colours, H rows, W columns."""

    NCHW = "NCHW"
    NHWC = "NHWC"
    CHW = "CHW"
    HWC = "HWC"


class OutputKind(StrEnum):
    """What the network says: a map of likely places for each point, or the points."""

    HEATMAP = "heatmap"
    KEYPOINTS = "keypoints"


class Columns(StrEnum):
    """What the last axis of `keypoints` holds: x and y, and s, the score of the point. Further columns are ignored."""

    XY = "xy"
    XYS = "xys"
    YXS = "yxs"


class Unit(StrEnum):
    """Of a network's points: px of its picture, or shares (0-1) of the picture's sides."""

    PX = "px"
    SHARE = "share"


class Activation(StrEnum):
    """What turns the network's scores into 0-1."""

    NONE = "none"
    SIGMOID = "sigmoid"


@dataclass(frozen=True)
class InputSpec:
    """The network's picture. Values are `value_range` of 0-255, less `mean`, over `std`, in `colour_order`."""

    width: int
    height: int
    layout: Layout
    colour_order: str
    value_range: tuple[float, float]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


@dataclass(frozen=True)
class HeatmapOutput:
    """One map a point, shape (points, height / stride, width / stride), in the output `heatmaps` from
    `first_channel` on. `first_cell_px`: where the middle of the first cell is, in px of the network's picture.
    `part_fields`: the output with OpenPose's part affinity fields from `first_field_channel` on, None where there are
    none: then each map is taken to show one person.
    """

    heatmaps: str
    first_channel: int
    stride: int
    first_cell_px: float
    part_fields: str | None
    first_field_channel: int


@dataclass(frozen=True)
class KeypointsOutput:
    """Points, shape (people, points, 2 or more) or (points, 2 or more). `person_scores`, shape (people,), and
    `keypoint_scores`, shape (people, points), name outputs or are None. A person below `min_person_score` is nobody.
    `boxes` names an output of shape (people, 4) (left, top, right, bottom, unit as the points); the size of a
    person, None: the extent of the points.
    """

    keypoints: str
    columns: Columns
    unit: Unit
    person_scores: str | None
    keypoint_scores: str | None
    boxes: str | None
    min_person_score: float


@dataclass(frozen=True)
class Sidecar:
    """A pose network as `pose.json` describes it. A point scored below `min_score` (0-1) was not found; one scored
    `seen_score` is as likely seen as guessed (visibility 0.5).
    """

    name: str
    version: str
    licence: str
    licence_url: str | None
    commercial_use: bool
    network_path: Path
    sha256: str
    keypoint_order: KeypointOrder
    input: InputSpec
    output: HeatmapOutput | KeypointsOutput
    activation: Activation
    min_score: float
    seen_score: float

    @property
    def identity(self) -> str:
        """Name, version and the start of the sha256, at most 64 characters: what is stored with every estimate."""
        return f"{self.name}/{self.version}+{self.sha256[:12]}"


def read_sidecar(folder: Path) -> Sidecar:
    """Return the description in `folder`; raises PoseBackendError("weights_missing" or "description_invalid")."""
    path = folder / SIDECAR
    if not path.is_file():
        raise PoseBackendError(
            f"The pose model's weights are not installed: {path} is missing. Put {SIDECAR} and the network that it "
            f"names into {folder}; see docs/pose_backends.md.",
            code="weights_missing",
        )
    if path.stat().st_size > MAX_SIDECAR_BYTES:
        raise PoseBackendError(f"{path} is no description: it is larger than 64 KiB.", code="description_invalid")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise PoseBackendError(f"{path} is not JSON: {error}.", code="description_invalid") from error
    with Fields(content, place=str(path)) as fields:
        return _sidecar(fields, folder)


def read_network(sidecar: Sidecar) -> bytes:
    """Return the network's bytes, which are those that the description was written for.

    Raises PoseBackendError with "weights_missing", "network_too_large" or "sha256_mismatch".
    """
    path = sidecar.network_path
    if not path.is_file():
        raise PoseBackendError(
            f"The pose model's weights are not installed: {path} is missing.", code="weights_missing"
        )
    if path.stat().st_size > MAX_NETWORK_BYTES:
        raise PoseBackendError(f"{path} is larger than 1 GiB, the limit for a pose network.", code="network_too_large")
    network = path.read_bytes()
    if hashlib.sha256(network).hexdigest() != sidecar.sha256:
        raise PoseBackendError(
            f"{path} is not the network that its {SIDECAR} was written for (sha256 differs). Install both together.",
            code="sha256_mismatch",
        )
    return network


def _sidecar(fields: Fields, folder: Path) -> Sidecar:
    if fields.integer("schema", 1, 1000) != SCHEMA:
        raise fields.error("schema", f"must be {SCHEMA}, the only layout that this version reads")
    spec = fields.within("input", _input)
    return Sidecar(
        name=fields.text("name", _NAME),
        version=fields.text("version", _VERSION),
        licence=fields.text("licence", _SENTENCE),
        licence_url=fields.optional_text("licence_url", r"https://\S{1,200}"),
        commercial_use=fields.boolean("commercial_use"),
        network_path=folder / fields.text("network_file", _FILE),
        sha256=fields.text("sha256", _SHA256),
        keypoint_order=fields.choice("keypoint_order", KeypointOrder),
        input=spec,
        output=fields.within("output", lambda output: _output(output, spec)),
        activation=fields.choice("activation", Activation, default=Activation.NONE),
        min_score=(min_score := fields.number("min_score", 1e-4, 0.99)),
        seen_score=fields.number("seen_score", min_score, 0.999),
    )


def _input(fields: Fields) -> InputSpec:
    low, high = fields.numbers("value_range", 2, -1000.0, 1000.0)
    if not low < high:
        raise fields.error("value_range", "must be the lower value, then the higher")
    mean = fields.numbers("mean", 3, -1000.0, 1000.0)
    std = fields.numbers("std", 3, 1e-6, 1000.0)
    return InputSpec(
        width=fields.integer("width", 32, MAX_SIDE_PX),
        height=fields.integer("height", 32, MAX_SIDE_PX),
        layout=fields.choice("layout", Layout),
        colour_order=fields.text("colour_order", "RGB|BGR"),
        value_range=(low, high),
        mean=(mean[0], mean[1], mean[2]),
        std=(std[0], std[1], std[2]),
    )


def _output(fields: Fields, spec: InputSpec) -> HeatmapOutput | KeypointsOutput:
    kind = fields.choice("kind", OutputKind)
    if kind is OutputKind.KEYPOINTS:
        return KeypointsOutput(
            keypoints=fields.text("keypoints", _SENTENCE),
            columns=fields.choice("columns", Columns),
            unit=fields.choice("unit", Unit),
            person_scores=fields.optional_text("person_scores", _SENTENCE),
            keypoint_scores=fields.optional_text("keypoint_scores", _SENTENCE),
            boxes=fields.optional_text("boxes", _SENTENCE),
            min_person_score=fields.number("min_person_score", 0.0, 1.0, default=0.5),
        )
    stride = fields.integer("stride", 1, MAX_STRIDE_PX)
    if spec.width % stride or spec.height % stride:
        raise fields.error("stride", f"must divide the picture's sides, {spec.width} and {spec.height} px")
    return HeatmapOutput(
        heatmaps=fields.text("heatmaps", _SENTENCE),
        first_channel=fields.integer("first_channel", 0, MAX_CHANNELS, default=0),
        stride=stride,
        first_cell_px=fields.number("first_cell_px", 0.0, float(stride), default=stride / 2),
        part_fields=fields.optional_text("part_fields", _SENTENCE),
        first_field_channel=fields.integer("first_field_channel", 0, MAX_CHANNELS, default=0),
    )
