"""Which cue gives the scale, how far it is trusted, and what camera a film had."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ml_models.intrinsics import FOCAL_SD_FROM_PHONE, FOCAL_SD_FROM_TABLE, FOCAL_SD_UNKNOWN, intrinsics_for
from ml_models.quality import ReasonCode, check_scale
from ml_models.scale import estimate_scale, expected_normal
from ml_models.scale_cues import DISTANCE_RELATIVE_SD, MARKER_IN_PLACE_CM
from ml_models.types import CaptureFacts, ScaleCue, ScanType
from tests.ml_models import markers, sessions
from tests.ml_models.bodies import standing

STANDING = CaptureFacts(scan_type=ScanType.STANDING_FRONT)
WITH_MARKER = replace(STANDING, marker_id=3, marker_size_mm=160.0)
ROOM = np.full((1280, 720, 3), 150, np.uint8)


def scaled(facts, *pictures):
    shown = pictures or (ROOM, ROOM, ROOM)
    return estimate_scale(markers.film(*shown), standing(frames=len(shown)), facts, markers.CAMERA)


@pytest.fixture(scope="module")
def sheet():
    return [markers.picture(centre_cm=(20.0, 10.0, 200.0))] * 3


def test_without_any_cue_there_is_no_scale():
    scale = scaled(STANDING)

    assert (scale.cue, scale.depth_cm, scale.relative_sd) == (ScaleCue.NONE, None, None)


def test_a_measured_distance_carries_its_own_and_the_cameras_error():
    scale = scaled(replace(STANDING, distance_cm=200.0))

    assert (scale.cue, scale.depth_cm) == (ScaleCue.DISTANCE, pytest.approx(200.0))
    assert scale.relative_sd == pytest.approx(math.hypot(DISTANCE_RELATIVE_SD, 0.015), rel=1e-3)


@pytest.mark.parametrize("distance_cm", [0.0, -5.0, 5.0, 5000.0])
def test_a_distance_that_cannot_be_meant_is_not_used(distance_cm):
    scale = scaled(replace(STANDING, distance_cm=distance_cm))

    assert scale.cue is ScaleCue.NONE
    assert scale.notes["distance_out_of_range_cm"] == distance_cm


def test_the_marker_comes_before_the_distance(sheet):
    scale = scaled(replace(WITH_MARKER, distance_cm=204.0), *sheet)

    assert scale.cue is ScaleCue.MARKER
    assert scale.depth_cm == pytest.approx(200.0 - MARKER_IN_PLACE_CM, rel=0.005)
    assert scale.relative_sd < 0.02  # a tape's alone is 0.034
    assert scale.notes["marker_elsewhere"] < 0.3


def test_a_marker_needs_no_exact_focal_length(sheet):
    wide = replace(markers.CAMERA, focal_relative_sd=0.1)
    pose = standing(frames=3)

    scales = [estimate_scale(markers.film(*sheet), pose, WITH_MARKER, camera) for camera in (markers.CAMERA, wide)]

    assert scales[0].relative_sd == pytest.approx(scales[1].relative_sd, rel=1e-6)


def test_a_contradicting_distance_widens_the_doubt(sheet):
    agreed = scaled(replace(WITH_MARKER, distance_cm=200.0), *sheet)

    contradicted = scaled(replace(WITH_MARKER, distance_cm=180.0), *sheet)

    assert contradicted.depth_cm < agreed.depth_cm
    assert contradicted.relative_sd > 2 * agreed.relative_sd
    assert contradicted.notes["marker_elsewhere"] > 0.7


def test_a_claimed_marker_that_is_not_seen_is_refused_even_beside_a_distance():
    facts = replace(WITH_MARKER, distance_cm=200.0)

    scale = scaled(facts)

    assert scale.notes["marker_missing"] == 1.0
    assert check_scale(facts, scale).reasons == (ReasonCode.MARKER_NOT_FOUND,)


def test_a_claimed_marker_that_is_not_seen_and_nothing_else_gives_no_scale():
    scale = scaled(WITH_MARKER)

    assert scale.cue is ScaleCue.NONE
    assert scale.notes["marker_missing"] == 1.0


@pytest.mark.parametrize("size_mm", [None, 0.0, -10.0])
def test_a_marker_of_unknown_size_gives_no_scale(sheet, size_mm):
    assert scaled(replace(WITH_MARKER, marker_size_mm=size_mm), *sheet).cue is ScaleCue.NONE


@pytest.mark.parametrize(
    ("scan_type", "tilt_deg", "facing"),
    [
        (ScanType.STANDING_FRONT, 0.0, 1.0),
        (ScanType.STANDING_SIDE, 20.0, math.cos(math.radians(20))),
        (ScanType.LYING_ABOVE, 90.0, 1.0),
        (ScanType.LYING_ABOVE, 80.0, math.sin(math.radians(80))),
        (ScanType.LYING_ABOVE, None, 1.0),
    ],
)
def test_depth_runs_along_the_optical_axis_and_distance_across_the_plane(scan_type, tilt_deg, facing):
    facts = CaptureFacts(scan_type=scan_type, camera_tilt_deg=tilt_deg, distance_cm=150.0)

    assert expected_normal(facts)[2] == pytest.approx(facing)
    assert scaled(facts).depth_cm == pytest.approx(150.0 / facing, rel=1e-6)


def test_a_sheet_beside_a_lying_child_tells_the_plane():
    turned = markers.rotation(pitch_deg=-12.0)
    pictures = [markers.picture(centre_cm=(20.0, 10.0, 150.0), turned=turned)] * 3
    facts = replace(WITH_MARKER, scan_type=ScanType.LYING_ABOVE, camera_tilt_deg=85.0)

    scale = scaled(facts, *pictures)

    assert scale.plane_normal == pytest.approx(tuple(turned[:, 2]), abs=0.04)
    perpendicular = float(turned[:, 2] @ [20.0, 10.0, 150.0])
    assert scale.depth_cm == pytest.approx((perpendicular - MARKER_IN_PLACE_CM) / turned[2, 2], rel=0.01)


def test_a_leaning_sheet_does_not_tell_the_plane_of_a_standing_child():
    leaning = [markers.picture(centre_cm=(20.0, 10.0, 150.0), turned=markers.rotation(pitch_deg=25.0))] * 3

    scale = scaled(replace(WITH_MARKER, camera_tilt_deg=5.0), *leaning)

    assert scale.plane_normal is None


@pytest.mark.parametrize(
    "name",
    [
        film.name
        for film in sessions.films_of("good")
        if film.facts.marker_id is not None and abs(film.truth("marker_depth_mismatch_cm")) <= 3
    ],
)
def test_sample_films_are_scaled_within_three_standard_deviations(name):
    film, frames = sessions.film_named(name), sessions.frames_of(name)

    scale = estimate_scale(frames, sessions.people_of(name).child, film.facts, film.intrinsics)

    # Centimetres per pixel in the child's plane, whatever the focal length that was assumed.
    normal = scale.plane_normal or expected_normal(film.facts)
    estimated = scale.depth_cm * normal[2] / film.intrinsics.fx
    true = film.truth("true_distance_cm") / film.truth("true_fx")
    assert abs(math.log(estimated / true)) < 3 * scale.relative_sd


# Cameras


def test_the_phones_own_focal_length_counts_first():
    camera = intrinsics_for(replace(STANDING, focal_length_px=1234.0, phone_model="Apple iPhone 12"), 1080, 1920)

    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (1234.0, 1234.0, 539.5, 959.5)
    assert camera.focal_relative_sd == FOCAL_SD_FROM_PHONE


@pytest.mark.parametrize("model", ["Apple iPhone SE (3rd generation)", "apple  iphone se"])
def test_a_known_phone_has_its_own_lens(model):
    camera = intrinsics_for(replace(STANDING, phone_model=model), 1080, 1920)
    common = intrinsics_for(STANDING, 1080, 1920)

    assert camera.fx == pytest.approx(common.fx * 28 / 26)
    assert camera.focal_relative_sd == FOCAL_SD_FROM_TABLE


def test_the_longest_name_of_a_phone_counts():
    pro = intrinsics_for(replace(STANDING, phone_model="Apple iPhone 15 Pro Max"), 1080, 1920)
    plain = intrinsics_for(replace(STANDING, phone_model="Apple iPhone 15"), 1080, 1920)

    assert pro.fx < plain.fx


@pytest.mark.parametrize("model", [None, "", "Nobody's Phone 3", "Apple iPhone 150"])
def test_an_unknown_phone_gets_a_common_lens_and_a_wide_doubt(model):
    camera = intrinsics_for(replace(STANDING, phone_model=model), 720, 1280)

    assert 0.7 < camera.fx / 1280 < 1.1
    assert camera.focal_relative_sd == FOCAL_SD_UNKNOWN


def test_the_lens_is_the_same_upright_and_across():
    assert intrinsics_for(STANDING, 1920, 1080).fx == intrinsics_for(STANDING, 1080, 1920).fx


@pytest.mark.parametrize(("focal_px", "width"), [(0.0, 720), (-1.0, 720), (1000.0, 0)])
def test_an_impossible_camera_is_the_callers_error(focal_px, width):
    with pytest.raises(ValueError, match=r"film|focal_length_px"):
        intrinsics_for(replace(STANDING, focal_length_px=focal_px), width, 1280)
