"""How light and sharpness are measured, and from where on a film is refused for them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ml_models.quality import (
    ReasonCode,
    check_frames,
)
from ml_models.sharpness import blur_share, mean_luminance
from ml_models.types import SampledFrames
from tests.ml_models import sessions


def as_film(image: np.ndarray, count: int = 4) -> SampledFrames:
    height, width = image.shape[:2]
    return SampledFrames(np.stack([image] * count), np.arange(count) / 2.0, width, height, 1.0, count / 2, 30.0, "h264")


def test_mean_luminance_is_linear_in_light():
    assert mean_luminance(np.full((90, 160, 3), 255, np.uint8)) == pytest.approx(1.0)
    assert mean_luminance(np.full((90, 160, 3), 118, np.uint8)) == pytest.approx(0.18, abs=0.002)  # mid grey in sRGB


def test_three_and_a_half_stops_below_mid_grey_is_too_dark():
    assert check_frames(as_film(np.full((640, 360, 3), 33, np.uint8))).reasons == (ReasonCode.TOO_DARK,)
    assert check_frames(as_film(np.full((640, 360, 3), 38, np.uint8))).accepted


def test_dark_skin_before_a_dark_wall_is_not_too_dark():
    image = np.full((640, 360, 3), 80, np.uint8)
    image[200:600, 100:260] = (62, 42, 34)

    assert ReasonCode.TOO_DARK not in check_frames(as_film(image)).reasons


@pytest.fixture(scope="module")
def sharp():
    return sessions.frames_of("A001_front").images[0]


@pytest.mark.parametrize("share", [0.002, 0.004, 0.006])
def test_a_known_blur_is_measured(sharp, share):
    blurred = cv2.GaussianBlur(sharp, (0, 0), share * max(sharp.shape))

    assert blur_share(blurred) == pytest.approx(share, rel=0.25)


def test_blur_does_not_depend_on_the_resolution(sharp):
    small = cv2.resize(sharp, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    large = cv2.resize(sharp, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC)
    shares = [blur_share(cv2.GaussianBlur(image, (0, 0), 0.004 * max(image.shape))) for image in (small, sharp, large)]

    assert max(shares) / min(shares) < 1.15


@pytest.mark.parametrize("across", [True, False], ids=["sideways", "up and down"])
def test_a_camera_that_moves_blurs_edges_of_one_direction(sharp, across):
    length = 41  # px of 1280: SD 0.9 % of the longer side
    kernel = np.full((1, length) if across else (length, 1), 1 / length, np.float32)

    assert check_frames(as_film(cv2.filter2D(sharp, -1, kernel))).reasons == (ReasonCode.BLURRED,)


def test_noise_does_not_make_a_blurred_film_sharp(sharp):
    blurred = cv2.GaussianBlur(sharp, (0, 0), 0.008 * max(sharp.shape))
    noise = np.random.default_rng(7).normal(0, 6, sharp.shape)
    noisy = np.clip(blurred + noise, 0, 255).astype(np.uint8)

    assert check_frames(as_film(noisy)).reasons == (ReasonCode.BLURRED,)


def test_a_bare_wall_tells_nothing_about_sharpness():
    assert check_frames(as_film(np.full((640, 360, 3), 150, np.uint8))).accepted
