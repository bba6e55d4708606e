"""Points from maps of likely places: peaks finer than a cell, and whose they are where a network tells.

Without part affinity fields each map's highest peak is one person's. With them peaks that the fields join are one
person (Cao et al., Realtime multi-person 2D pose estimation using part affinity fields, 2017, ch. 2.3: greedy matching
of limbs), so that a carer's knee does not become the child's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.pose.candidates import Candidate, candidate
from ml_models.pose.keypoint_orders import Limb
from ml_models.pose.sidecar import HeatmapOutput

Maps = NDArray[np.float32]

# Peaks of one map that are followed up, the highest first: more people than ever stand before a scan.
_MAX_PEAKS = 10
# A limb is believed when the field agrees with its direction (cosine times strength) by this much in this share of
# the samples along it. OpenPose's defaults are 0.05 and 0.95; 0.8 lets a limb be crossed by a hand.
_FIELD_AGREES = 0.05
_AGREEING_SHARE = 0.8
_FIELD_SAMPLES = 10
# Below this a neighbour's logarithm says more of noise than of the peak.
_LOG_FLOOR = 1e-6


@dataclass(frozen=True)
class _Peak:
    """One peak of the map of `part`: place in cells (0 = middle of the first) and height."""

    part: int
    place: NDArray[np.float64]
    score: float


def people_in(
    heatmaps: Maps, part_fields: Maps | None, *, limbs: tuple[Limb, ...], output: HeatmapOutput, min_score: float
) -> list[Candidate]:
    """Return the people in a network's maps, in px of its picture.

    `heatmaps`: float32, shape (points, rows, columns), 0-1. `part_fields`: float32, shape (channels, rows, columns).
    """
    if part_fields is None:
        peaks = [peak for part, cells in enumerate(heatmaps) for peak in _peaks(cells, part, min_score)[:1]]
        groups = [peaks]
    else:
        peaks = [peak for part, cells in enumerate(heatmaps) for peak in _peaks(cells, part, min_score)]
        groups = _joined(peaks, part_fields, limbs)
    people = [_person(group, len(heatmaps), output, min_score) for group in groups]
    return [person for person in people if person is not None]


def refine_peak(cells: NDArray[np.floating], row: int, column: int) -> NDArray[np.float64]:
    """Return the place (x, y) of a peak in cells, finer than a cell, from its neighbours in its row and column.

    The logarithm of a Gaussian is a parabola, so a Gaussian peak is found exactly. At the map's edge, the cell itself.
    """
    return np.array(
        [column + _vertex(cells[row, :], column), row + _vertex(cells[:, column], row)],
        dtype=np.float64,
    )


def _vertex(line: NDArray[np.floating], index: int) -> float:
    """Return how far (-0.5 to 0.5) the top of the parabola through a peak and its neighbours is from the peak."""
    if not 0 < index < len(line) - 1:
        return 0.0
    three = np.asarray(line[index - 1 : index + 2], dtype=np.float64)
    before, at, after = np.log(three) if three.min() > _LOG_FLOOR else three
    curvature = before - 2 * at + after
    return float(np.clip((before - after) / (2 * curvature), -0.5, 0.5)) if curvature < 0 else 0.0


def _peaks(cells: NDArray[np.float32], part: int, min_score: float) -> list[_Peak]:
    """Return the peaks of one map, the highest first."""
    highest_around = cv2.dilate(cells, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero((cells >= highest_around) & (cells >= min_score))
    order = np.argsort(-cells[rows, columns], kind="stable")[:_MAX_PEAKS]
    return [
        _Peak(part, refine_peak(cells, int(row), int(column)), float(cells[row, column]))
        for row, column in zip(rows[order], columns[order], strict=True)
    ]


def _joined(peaks: list[_Peak], part_fields: Maps, limbs: tuple[Limb, ...]) -> list[list[_Peak]]:
    """Return the peaks in groups that the fields join, best limbs first; nobody has a part twice."""
    group_of = list(range(len(peaks)))  # peak -> group
    members = {group: [group] for group in group_of}  # group -> peaks
    for _strength, start, end in sorted(_limb_strengths(peaks, part_fields, limbs), reverse=True):
        one, other = group_of[start], group_of[end]
        parts = {peaks[index].part for index in members[one]}
        if one == other or any(peaks[index].part in parts for index in members[other]):
            continue
        for index in members[other]:
            group_of[index] = one
        members[one] += members.pop(other)
    return [[peaks[index] for index in group] for group in members.values()]


def _limb_strengths(peaks: list[_Peak], part_fields: Maps, limbs: tuple[Limb, ...]) -> list[tuple[float, int, int]]:
    """Return (strength, peak, peak) of every limb that the fields support."""
    by_part: dict[int, list[int]] = {}
    for index, peak in enumerate(peaks):
        by_part.setdefault(peak.part, []).append(index)
    found = []
    for start_part, end_part, channel in limbs:
        field = part_fields[channel : channel + 2]
        for start in by_part.get(start_part, ()):
            for end in by_part.get(end_part, ()):
                strength = _strength(peaks[start].place, peaks[end].place, field)
                if strength is not None:
                    found.append((strength, start, end))
    return found


def _strength(start: NDArray[np.float64], end: NDArray[np.float64], field: Maps) -> float | None:
    """Return how strongly the field (2, rows, columns) runs from `start` to `end`, None where it does not."""
    way = end - start
    length = float(np.hypot(*way))
    if not length > 0:
        return None
    places = start + way * np.linspace(0, 1, _FIELD_SAMPLES)[:, None]
    columns, rows = np.rint(places).astype(int).T
    rows, columns = np.clip(rows, 0, field.shape[1] - 1), np.clip(columns, 0, field.shape[2] - 1)
    agreement = (way / length) @ field[:, rows, columns]  # (samples,)
    if (agreement > _FIELD_AGREES).mean() < _AGREEING_SHARE:
        return None
    return float(agreement.mean())


def _person(peaks: list[_Peak], parts: int, output: HeatmapOutput, min_score: float) -> Candidate | None:
    points, scores = np.full((parts, 2), np.nan), np.zeros(parts)
    for peak in peaks:
        points[peak.part] = peak.place * output.stride + output.first_cell_px
        scores[peak.part] = min(peak.score, 1.0)
    return candidate(points, scores, min_score=min_score)
