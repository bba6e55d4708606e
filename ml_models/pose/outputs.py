"""From a network's arrays to people, as its description says to read them.

Arrays of another shape than described are refused by name when they come: a network may have dynamic sizes, so this
cannot always be known when it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.pose import PoseBackendError
from ml_models.pose.candidates import Candidate, candidate
from ml_models.pose.heatmaps import people_in
from ml_models.pose.sidecar import Activation, Columns, HeatmapOutput, KeypointsOutput, Layout, Sidecar, Unit

Arrays = Mapping[str, NDArray[Any]]


def used_outputs(output: HeatmapOutput | KeypointsOutput) -> list[str]:
    """Return the names of the outputs that are read."""
    if isinstance(output, HeatmapOutput):
        names: tuple[str | None, ...] = (output.heatmaps, output.part_fields)
    else:
        names = (output.keypoints, output.person_scores, output.keypoint_scores, output.boxes)
    return list(dict.fromkeys(name for name in names if name is not None))


def people_in_outputs(arrays: Arrays, sidecar: Sidecar) -> list[Candidate]:
    """Return the people that a network found, in px of its picture.

    Raises PoseBackendError("network_differs") where an array has not the described shape.
    """
    if isinstance(sidecar.output, HeatmapOutput):
        return _from_maps(arrays, sidecar, sidecar.output)
    return _from_keypoints(arrays, sidecar, sidecar.output)


def _from_maps(arrays: Arrays, sidecar: Sidecar, output: HeatmapOutput) -> list[Candidate]:
    order = sidecar.keypoint_order
    heatmaps = _maps(
        arrays, sidecar, output, output.heatmaps, first=output.first_channel, channels=len(order.landmarks)
    )
    fields = None
    if output.part_fields is not None:
        channels = 2 * len(order.limbs)
        fields = _maps(arrays, sidecar, output, output.part_fields, first=output.first_field_channel, channels=channels)
    return people_in(
        _activated(heatmaps, sidecar).astype(np.float32),
        fields,
        limbs=order.limbs,
        output=output,
        min_score=sidecar.min_score,
    )


def _maps(
    arrays: Arrays, sidecar: Sidecar, output: HeatmapOutput, name: str, *, first: int, channels: int
) -> NDArray[np.float32]:
    """Return `channels` maps of an output, shape (channels, rows, columns)."""
    values = np.asarray(arrays[name], dtype=np.float32)
    values = values[0] if values.ndim == 4 and len(values) == 1 else values
    if values.ndim == 3 and sidecar.input.layout in (Layout.NHWC, Layout.HWC):
        values = values.transpose(2, 0, 1)
    expected = (sidecar.input.height // output.stride, sidecar.input.width // output.stride)
    if values.ndim != 3 or values.shape[1:] != expected or values.shape[0] < first + channels:
        raise _differs(
            sidecar, name, arrays[name], f"at least {first + channels} maps of {expected[0]} x {expected[1]}"
        )
    return np.ascontiguousarray(values[first : first + channels])


def _from_keypoints(arrays: Arrays, sidecar: Sidecar, output: KeypointsOutput) -> list[Candidate]:
    count = len(sidecar.keypoint_order.landmarks)
    needed = len(output.columns)
    rows = np.asarray(arrays[output.keypoints], dtype=np.float64)
    while rows.ndim > 3 and len(rows) == 1:
        rows = rows[0]
    rows = rows[None] if rows.ndim == 2 else rows  # (people, points, columns)
    if rows.ndim != 3 or rows.shape[1] != count or rows.shape[2] < needed:
        expected = f"people x {count} points x at least {needed} values"
        raise _differs(sidecar, output.keypoints, arrays[output.keypoints], expected)
    people = len(rows)
    points = rows[..., 1::-1] if output.columns is Columns.YXS else rows[..., :2]
    unit = (sidecar.input.width, sidecar.input.height) if output.unit is Unit.SHARE else (1, 1)
    person_scores = _flat(arrays, sidecar, output.person_scores, (people,))
    boxes = _flat(arrays, sidecar, output.boxes, (people, 4))
    if output.keypoint_scores is not None:
        scores = _flat(arrays, sidecar, output.keypoint_scores, (people, count))
    elif output.columns is Columns.XY:  # nothing is said of the points: they are as sure as the person
        scores = np.repeat(np.ones(people) if person_scores is None else person_scores, count).reshape(people, count)
        return _people(points * unit, scores, person_scores, _sizes(boxes, unit), sidecar, output)
    else:
        scores = rows[..., 2]
    assert scores is not None
    return _people(points * unit, _activated(scores, sidecar), person_scores, _sizes(boxes, unit), sidecar, output)


def _people(
    points: NDArray[np.float64],
    scores: NDArray[np.float64],
    person_scores: NDArray[np.float64] | None,
    sizes_px: NDArray[np.float64] | None,
    sidecar: Sidecar,
    output: KeypointsOutput,
) -> list[Candidate]:
    found = []
    for index in range(len(points)):
        if person_scores is not None and not person_scores[index] >= output.min_person_score:
            continue
        size = None if sizes_px is None else float(sizes_px[index])
        person = candidate(points[index], scores[index], min_score=sidecar.min_score, size_px=size)
        if person is not None:
            found.append(person)
    return found


def _sizes(boxes: NDArray[np.float64] | None, unit: tuple[int, int]) -> NDArray[np.float64] | None:
    """Return the diagonals of boxes (left, top, right, bottom) in px."""
    return None if boxes is None else np.hypot(*((boxes[:, 2:] - boxes[:, :2]) * unit).T)


def _flat(arrays: Arrays, sidecar: Sidecar, name: str | None, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """Return an output in `shape`, whatever axes of one it has besides; None of no output."""
    if name is None:
        return None
    values = np.asarray(arrays[name], dtype=np.float64)
    if values.size != np.prod(shape, dtype=int) or [s for s in values.shape if s != 1] != [s for s in shape if s != 1]:
        raise _differs(sidecar, name, arrays[name], " x ".join(map(str, shape)))
    return values.reshape(shape)


def _activated(scores: NDArray[Any], sidecar: Sidecar) -> NDArray[Any]:
    """Return scores as 0-1."""
    if sidecar.activation is Activation.SIGMOID:
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -60, 60))))
    return scores


def _differs(sidecar: Sidecar, name: str, array: NDArray[Any], expected: str) -> PoseBackendError:
    return PoseBackendError(
        f"{sidecar.network_path}: its output {name!r} has the shape {list(np.shape(array))}, described is {expected}. "
        "Mend the description or export again.",
        code="network_differs",
    )
