"""What several unsure cues say together: the arithmetic of one distance, without any picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ml_models.scale_cues import (
    CAMERA_HEIGHT_SD_CM,
    DISTANCE_RELATIVE_SD,
    LYING_PLANE_CM,
    LYING_PLANE_SD_CM,
    MARKER_IN_PLACE_CM,
    TOES_BEFORE_PLANE_CM,
    ScaleCues,
    floor_distance,
    fuse_cues,
)
from ml_models.types import ScanType

FOCAL_SD = 0.015
NOTHING = math.nan
#: Where the optical axis meets the picture, px from its top.
CENTRE_PX = 639.5


def fused(
    tape_cm: float = NOTHING,
    floor_cm: float = NOTHING,
    floor_sd: float = 0.03,
    marker_cm: float = NOTHING,
    focal_sd: float = FOCAL_SD,
) -> tuple[float, float, float]:
    """Distance in cm, its relative SD and the probability of a marker elsewhere, of one film."""
    cues = (tape_cm, floor_cm, floor_sd, marker_cm, focal_sd)
    together = fuse_cues(ScaleCues(*(np.array([value]) for value in cues)))
    return float(together.distance_cm[0]), float(together.relative_sd[0]), float(together.marker_elsewhere[0])


def floor(
    scan_type: ScanType = ScanType.STANDING_FRONT,
    *,
    toes_y_px: float = 1000.0,
    height_cm: float = 90.0,
    tilt_deg: float = 10.0,
    focal_px: float = 1150.0,
) -> tuple[float, float]:
    """Distance in cm and its relative SD by the floor, of one film."""
    told: list[Any] = [np.array([value]) for value in (height_cm, tilt_deg, focal_px, CENTRE_PX)]
    distance, spread = floor_distance(scan_type, np.array([[360.0, toes_y_px]]), *told)
    return float(distance[0]), float(spread[0])


def test_a_tape_alone_is_believed_as_far_as_tape_and_lens_are():
    distance, spread, elsewhere = fused(tape_cm=210.0)

    assert distance == pytest.approx(210.0, rel=1e-4)
    assert spread == pytest.approx(math.hypot(DISTANCE_RELATIVE_SD, FOCAL_SD), rel=1e-3)
    assert math.isnan(elsewhere)


@pytest.mark.parametrize("floor_cm", [195.0, 200.0, 208.0])
def test_tape_and_floor_are_averaged_by_their_precision(floor_cm):
    tape_sd, floor_sd = math.hypot(DISTANCE_RELATIVE_SD, FOCAL_SD), math.hypot(0.025, FOCAL_SD)
    weights = np.array([tape_sd, floor_sd]) ** -2.0

    distance, spread, _ = fused(tape_cm=200.0, floor_cm=floor_cm, floor_sd=0.025)

    assert math.log(distance) == pytest.approx(weights @ np.log([200.0, floor_cm]) / weights.sum(), abs=1e-5)
    assert spread == pytest.approx(weights.sum() ** -0.5, rel=1e-3)


def test_the_floor_alone_is_no_scale():
    assert all(math.isnan(value) for value in fused(floor_cm=200.0))


def test_no_cue_gives_no_number():
    assert all(math.isnan(value) for value in fused())


def test_a_marker_stands_a_little_behind_the_child():
    distance, _, elsewhere = fused(marker_cm=200.0)

    assert 200.0 - 2 * MARKER_IN_PLACE_CM < distance < 200.0
    assert 0.05 < elsewhere < 0.5


def test_every_cue_that_agrees_narrows_the_answer():
    truth = 200.0
    marker = truth + MARKER_IN_PLACE_CM

    spreads = [
        fused(marker_cm=marker)[1],
        fused(marker_cm=marker, tape_cm=truth)[1],
        fused(marker_cm=marker, tape_cm=truth, floor_cm=truth)[1],
    ]

    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < 0.9 * spreads[0]


def test_a_marker_that_tape_and_floor_contradict_gives_way():
    truth = 150.0
    told = {"tape_cm": truth, "floor_cm": truth}

    in_place, elsewhere = (fused(marker_cm=truth + off, **told) for off in (MARKER_IN_PLACE_CM, 12.0))

    assert in_place[2] < 0.2
    assert elsewhere[2] > 0.5
    assert elsewhere[1] > in_place[1]
    assert abs(elsewhere[0] - truth) < 0.75 * 12.0


def test_a_marker_far_off_costs_no_more_than_having_none():
    without = fused(tape_cm=200.0, floor_cm=200.0)

    distance, spread, elsewhere = fused(tape_cm=200.0, floor_cm=200.0, marker_cm=245.0)

    assert elsewhere > 0.99
    assert distance == pytest.approx(without[0], rel=0.05)
    assert spread < 1.2 * without[1]


def test_an_unknown_lens_takes_nothing_from_a_marker_but_all_from_a_tape():
    marker = [fused(marker_cm=200.0, focal_sd=sd) for sd in (0.015, 0.1)]
    tape = [fused(tape_cm=200.0, focal_sd=sd) for sd in (0.015, 0.1)]

    assert marker[0] == pytest.approx(marker[1], rel=1e-9)
    assert tape[1][1] > 2.5 * tape[0][1]


def test_twice_as_far_is_twice_as_far():
    near = fused(tape_cm=100.0, floor_cm=103.0)
    far = fused(tape_cm=200.0, floor_cm=206.0)

    assert far[0] == pytest.approx(2 * near[0], rel=1e-9)
    assert far[1] == pytest.approx(near[1], rel=1e-9)


def test_films_of_one_batch_do_not_touch_each_other():
    """More films than are summed up at once, with other cues each."""
    count, rng = 5000, np.random.default_rng(1)
    tape = np.where(rng.random(count) < 0.3, NOTHING, rng.uniform(80, 300, count))
    marker = np.where(rng.random(count) < 0.3, NOTHING, tape + rng.normal(0, 3, count))
    cues = ScaleCues(tape, tape * 1.01, np.full(count, 0.03), marker, np.full(count, FOCAL_SD))

    together = fuse_cues(cues)

    assert together.distance_cm.shape == (count,)
    for row in (0, 4095, 4096, count - 1):
        alone = fused(tape[row], tape[row] * 1.01, 0.03, marker[row])
        at_once = (together.distance_cm[row], together.relative_sd[row], together.marker_elsewhere[row])
        assert at_once == pytest.approx(alone, rel=1e-9, nan_ok=True)


# The floor


@pytest.mark.parametrize("scan_type", [ScanType.STANDING_FRONT, ScanType.STANDING_SIDE])
def test_the_floor_is_where_the_toes_are_seen(scan_type):
    """Toes 180 cm away on the floor, the camera 90 cm above it and tilted by 10 degrees."""
    below_axis = math.atan2(90.0, 180.0) - math.radians(10.0)

    distance, spread = floor(scan_type, toes_y_px=CENTRE_PX + 1150.0 * math.tan(below_axis))

    assert distance == pytest.approx(180.0 + TOES_BEFORE_PLANE_CM[scan_type], rel=1e-6)
    assert 0.03 < spread < 0.1


def test_a_floor_seen_flatter_says_less():
    assert floor(height_cm=40.0, tilt_deg=-2.0)[1] > 1.3 * floor()[1]


@pytest.mark.parametrize(
    "told",
    [{"tilt_deg": -30.0}, {"toes_y_px": 200.0}, {"height_cm": 0.0}, {"height_cm": NOTHING}, {"tilt_deg": NOTHING}],
    ids=["looking up", "toes above the horizon", "no height", "height unknown", "tilt unknown"],
)
def test_a_floor_that_cannot_be_seen_says_nothing(told):
    assert all(math.isnan(value) for value in floor(**told))


def test_a_lying_child_is_as_far_as_the_camera_is_high_less_its_own_thickness():
    distance, spread = floor(ScanType.LYING_ABOVE, height_cm=130.0, tilt_deg=NOTHING)

    assert distance == pytest.approx(130.0 - LYING_PLANE_CM)
    assert spread == pytest.approx(math.hypot(CAMERA_HEIGHT_SD_CM, LYING_PLANE_SD_CM) / (130.0 - LYING_PLANE_CM))


def test_a_camera_as_low_as_the_lying_child_says_nothing():
    assert all(math.isnan(value) for value in floor(ScanType.LYING_ABOVE, height_cm=20.0))
