"""How exactly a printed marker is placed, and when it counts as not seen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ml_models.marker import find_marker
from tests.ml_models import markers, sessions


def found(*pictures, marker_id=3, size_mm=160.0, scale=1.0, usable=None):
    return find_marker(
        markers.film(*pictures, scale=scale),
        marker_id=marker_id,
        marker_size_mm=size_mm,
        intrinsics=markers.CAMERA,
        usable=usable,
    )


@pytest.mark.parametrize("distance_cm", [110.0, 200.0, 300.0])
@pytest.mark.parametrize("pitch_deg", [0.0, -20.0])
def test_a_marker_is_placed_within_one_percent(distance_cm, pitch_deg):
    turned = markers.rotation(pitch_deg=pitch_deg)

    sighting = found(*[markers.picture(centre_cm=(20.0, 10.0, distance_cm), turned=turned)] * 3)

    assert sighting.centre_cm == pytest.approx((20.0, 10.0, distance_cm), rel=0.008, abs=0.2)
    assert sighting.reprojection_px < 0.3


def test_the_normal_of_a_slanted_sheet_is_known_within_two_degrees():
    turned = markers.rotation(pitch_deg=-15.0, yaw_deg=10.0)

    sighting = found(*[markers.picture(centre_cm=(20.0, 10.0, 180.0), turned=turned)] * 3)

    assert np.degrees(np.arccos(np.dot(sighting.normal, turned[:, 2]))) < 2


def test_a_far_sheet_leaves_its_normal_open_or_frontal():
    sighting = found(*[markers.picture(centre_cm=(20.0, 10.0, 600.0))] * 3)

    assert sighting.normal is None or sighting.normal[2] > np.cos(np.radians(10))


def test_one_frame_that_is_off_does_not_move_the_median():
    usual = markers.picture(centre_cm=(20.0, 10.0, 200.0))
    moved = markers.picture(centre_cm=(20.0, 10.0, 240.0))

    assert found(usual, usual, moved, usual).centre_cm[2] == pytest.approx(200.0, rel=0.005)


def test_a_shrunk_film_gives_the_same_place():
    picture = markers.picture(centre_cm=(20.0, 10.0, 150.0))
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    assert found(half, half, scale=0.5).centre_cm == pytest.approx((20.0, 10.0, 150.0), rel=0.01, abs=0.5)


def test_another_marker_than_the_claimed_one_does_not_count():
    assert found(*[markers.picture(marker_id=4)] * 3) is None


def test_the_one_marker_in_view_counts_when_its_number_was_not_told():
    seven = [markers.picture(marker_id=7, centre_cm=(20.0, 10.0, 200.0))] * 3

    assert found(*seven, marker_id=None).centre_cm[2] == pytest.approx(200.0, rel=0.01)


def test_frames_with_other_numbers_than_most_do_not_count_when_the_number_was_not_told():
    seven = markers.picture(marker_id=7, centre_cm=(20.0, 10.0, 200.0))
    four = markers.picture(marker_id=4, centre_cm=(20.0, 10.0, 300.0))

    assert found(seven, four, seven, seven, marker_id=None).centre_cm[2] == pytest.approx(200.0, rel=0.01)


def test_a_half_covered_marker_does_not_count():
    assert found(*[markers.picture(covered=True)] * 3) is None


def test_an_empty_room_has_no_marker():
    assert found(*[np.full((1280, 720, 3), 150, np.uint8)] * 3) is None


def test_a_marker_seen_in_one_frame_only_does_not_count():
    empty = np.full((1280, 720, 3), 150, np.uint8)

    assert found(empty, markers.picture(), empty, empty) is None


def test_only_frames_with_the_child_are_looked_at():
    near, far = markers.picture(centre_cm=(20.0, 10.0, 150.0)), markers.picture(centre_cm=(20.0, 10.0, 250.0))

    sighting = found(near, far, far, near, usable=np.array([True, False, False, True]))

    assert sighting.centre_cm[2] == pytest.approx(150.0, rel=0.005)
    assert sighting.frames_looked_at == 2


def test_a_marker_has_a_size():
    with pytest.raises(ValueError, match="marker_size_mm"):
        found(markers.picture(), size_mm=0.0)


@pytest.mark.parametrize("name", [film.name for film in sessions.films_of("good") if film.facts.marker_id is not None])
def test_the_markers_of_the_sample_films_are_all_found(name):
    film = sessions.film_named(name)

    sighting = find_marker(
        sessions.frames_of(name),
        marker_id=film.facts.marker_id,
        marker_size_mm=film.facts.marker_size_mm,
        intrinsics=film.intrinsics,
    )

    assert sighting.frames_seen == sighting.frames_looked_at
    assert sighting.depth_relative_sd < 0.02
