"""Widths of a body drawn with known widths, however it is turned."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml_models.pose.outline import find_ends, find_outline
from ml_models.pose.plausible import drop_misfits, keep_frames
from ml_models.types import OUTLINE_LEVELS
from tests.ml_models.bodies import FRAME_SIZE, standing

SIZE = (400, 400)  # columns, rows of the mask
CENTRE = 200.0  # px, both ways
#: Middle of each level, as a share of the way from crown to soles.
LEVELS = (np.arange(OUTLINE_LEVELS) + 0.5) / OUTLINE_LEVELS


def at(along: float, across: float, clockwise_deg: float) -> tuple[float, float]:
    """A point in px of the mask; `along` px below and `across` px right of the centre of an upright body."""
    turn = np.radians(clockwise_deg)
    x, y = across * np.cos(turn) - along * np.sin(turn), across * np.sin(turn) + along * np.cos(turn)
    return float(CENTRE + x), float(CENTRE + y)


def bars(*sides: tuple[float, float, float, float], clockwise_deg: float = 0.0) -> np.ndarray:
    """A mask of rectangles: top, bottom, left and right in px from the centre of the upright body."""
    mask = np.zeros(SIZE[::-1], dtype=np.float32)
    for top, bottom, left, right in sides:
        corners = [
            at(*corner, clockwise_deg) for corner in ((top, left), (top, right), (bottom, right), (bottom, left))
        ]
        cv2.fillPoly(mask, [np.round(np.array(corners) * 16).astype(np.int32)], 1.0, lineType=cv2.LINE_AA, shift=4)
    return mask


def ends(half_length: float, clockwise_deg: float = 0.0) -> tuple[tuple[float, float], tuple[float, float]]:
    return at(-half_length, 0.0, clockwise_deg), at(half_length, 0.0, clockwise_deg)


@pytest.mark.parametrize("clockwise_deg", [0.0, 20.0, 90.0, 133.0, 180.0, 270.0])
def test_a_bar_is_equally_wide_at_every_level(clockwise_deg):
    mask = bars((-150, 150, -30, 30), clockwise_deg=clockwise_deg)

    widths = find_outline(mask, *ends(150.0, clockwise_deg))

    assert widths.shape == (OUTLINE_LEVELS, 2)
    np.testing.assert_allclose(widths, 60 / 300, atol=0.012)


@pytest.mark.parametrize("clockwise_deg", [0.0, 35.0, 90.0])
def test_an_ellipse_is_as_wide_as_geometry_says(clockwise_deg):
    mask = np.zeros(SIZE[::-1], dtype=np.float32)
    cv2.ellipse(mask, (200, 200), (60, 150), clockwise_deg, 0, 360, 1.0, -1)

    widths = find_outline(mask, *ends(150.0, clockwise_deg))

    chord = 2 * 60 * np.sqrt(1 - (2 * LEVELS - 1) ** 2) / 300
    np.testing.assert_allclose(widths[1:-1, 0], chord[1:-1], atol=0.015)
    np.testing.assert_allclose(widths[:, 1], widths[:, 0], atol=1e-6)


def test_both_legs_are_whole_and_one_leg_is_the_unbroken_part():
    trunk, left, right = (-150, 0, -50, 50), (0, 150, -50, -20), (0, 150, 10, 50)

    widths = find_outline(bars(trunk, left, right), *ends(150.0))

    np.testing.assert_allclose(widths[:7], 100 / 300, atol=0.012)
    np.testing.assert_allclose(widths[9:, 0], 70 / 300, atol=0.02)
    np.testing.assert_allclose(widths[9:, 1], 40 / 300, atol=0.012)


def test_head_first_or_feet_first_is_read_from_the_crown():
    trunk, legs = (-150, 0, -50, 50), (0, 150, -20, 20)
    crown, soles = ends(150.0)

    down = find_outline(bars(trunk, legs), crown, soles)
    up = find_outline(bars(trunk, legs), soles, crown)

    np.testing.assert_allclose(up, down[::-1], atol=0.012)


def test_a_body_twice_as_large_has_the_same_widths():
    small = find_outline(bars((-75, 75, -15, 15)), *ends(75.0))
    large = find_outline(bars((-150, 150, -30, 30)), *ends(150.0))

    np.testing.assert_allclose(small, large, atol=0.015)


def test_a_body_that_the_picture_cuts_has_the_width_that_is_left():
    mask = bars((-150, 150, -30, 30))
    mask[:, 200:] = 0.0

    np.testing.assert_allclose(find_outline(mask, *ends(150.0))[:, 0], 30 / 300, atol=0.012)


def test_an_unsure_mask_shows_no_body():
    widths = find_outline(0.4 * bars((-150, 150, -30, 30)), *ends(150.0))

    np.testing.assert_array_equal(widths, 0.0)


@pytest.mark.parametrize(
    ("crown", "soles"),
    [((np.nan, np.nan), (200.0, 350.0)), ((200.0, 50.0), (np.nan, np.nan)), ((200.0, 50.0), (200.0, 50.5))],
    ids=["no crown", "no soles", "no length"],
)
def test_without_both_ends_there_is_no_outline(crown, soles):
    assert np.isnan(find_outline(bars((-150, 150, -30, 30)), crown, soles)).all()


def test_ends_and_outline_of_one_mask_fit_each_other():
    """A drawn body of 600 px with known ends: found ends are its ends, and its widths are shares of them."""
    pose = standing(stature_px=600.0, feet_at=(360.0, 1000.0), frames=1)
    points = pose.landmarks[0, :, :2].astype(np.float64) * FRAME_SIZE
    mask = np.zeros(FRAME_SIZE[::-1], dtype=np.float32)
    mask[400:1000, 300:420] = 1.0

    crown, soles = find_ends(mask, points)
    widths = find_outline(mask, crown, soles)

    assert (crown[1], soles[1]) == (pytest.approx(400, abs=5), pytest.approx(1000, abs=5))
    np.testing.assert_allclose(widths[1:-1, 0], 120 / (soles[1] - crown[1]), atol=0.01)


def test_an_outline_goes_with_its_frame():
    pose = standing(frames=12)
    pose = replace(pose, outline=np.full((12, OUTLINE_LEVELS, 2), 0.2, np.float32))
    pose.landmarks[4, :, :2] = pose.landmarks[4, :, :2] * 0.5 + 0.2  # half the size: another thing, or nothing

    kept = drop_misfits(pose, width=720, height=1280)

    assert kept.outline is not None
    assert np.isnan(kept.outline[4]).all()
    assert np.isfinite(np.delete(kept.outline, 4, axis=0)).all()


def test_a_pose_model_without_a_mask_has_no_outline_to_lose():
    assert keep_frames(standing(), np.zeros(12, dtype=bool)).outline is None
