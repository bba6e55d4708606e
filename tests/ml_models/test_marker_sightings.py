"""How exactly a sheet of several markers is placed, with some of them out of sight; and that no bias is left."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.marker import find_claimed_marker, find_marker, find_sheet, is_marker_claimed
from ml_models.marker_sheet import LAYOUTS
from ml_models.marker_sheet.picture import LightCoding, Look, picture_of, printed_marker, printed_sheet
from ml_models.types import CaptureFacts, MarkerSheet, ScanType
from tests.ml_models import markers

CENTRE = (20.0, 10.0, 200.0)
FACTS = CaptureFacts(scan_type=ScanType.STANDING_FRONT, marker_sheet=MarkerSheet.A4)
# Distances, tilts and blurs of a 720p phone's films; noise and compression are in all of them.
DISTANCES_CM = (100.0, 180.0, 260.0, 350.0)
TURNS = tuple(markers.rotation(pitch_deg=pitch, yaw_deg=yaw) for pitch, yaw in ((0.0, 3.0), (-20.0, 0.0), (10.0, 20.0)))
BLURS_PX = (0.4, 0.9)


def seen(*pictures, sheet=MarkerSheet.A4, marker_size_mm=None):
    return find_sheet(
        markers.film(*pictures), layout=LAYOUTS[sheet], intrinsics=markers.CAMERA, marker_size_mm=marker_size_mm
    )


@pytest.mark.parametrize("sheet", MarkerSheet)
def test_a_sheet_is_placed_by_all_its_corners(sheet):
    turned = markers.rotation(pitch_deg=-15.0, yaw_deg=10.0)

    sighting = seen(*[markers.sheet_picture(sheet, centre_cm=CENTRE, turned=turned)] * 3, sheet=sheet)

    assert sighting.centre_cm == pytest.approx(CENTRE, rel=0.001, abs=0.05)
    assert sighting.corner_count == 24
    assert np.degrees(np.arccos(np.dot(sighting.normal, turned[:, 2]))) < 0.3


def test_covered_markers_leave_the_sheet_where_it_is():
    a_hand = (0.0, 0.0, 120.0, 180.0)  # over four of six markers

    sighting = seen(*[markers.sheet_picture(MarkerSheet.A4, centre_cm=CENTRE, covered_mm=a_hand)] * 3)

    assert sighting.centre_cm == pytest.approx(CENTRE, rel=0.003, abs=0.2)
    assert sighting.corner_count == 8


def test_a_sheet_partly_outside_the_picture_is_placed_by_the_rest():
    at_the_edge = (61.0, 10.0, 200.0)

    sighting = seen(*[markers.sheet_picture(MarkerSheet.A4, centre_cm=at_the_edge)] * 3)

    assert sighting.centre_cm == pytest.approx(at_the_edge, rel=0.003, abs=0.2)
    assert sighting.corner_count == 12


def test_a_print_of_another_scale_is_nearer_or_farther_by_that_scale():
    as_designed = markers.sheet_picture(MarkerSheet.A4, centre_cm=CENTRE)

    sighting = seen(*[as_designed] * 3, marker_size_mm=LAYOUTS[MarkerSheet.A4].marker_mm * 0.97)

    assert sighting.centre_cm[2] == pytest.approx(CENTRE[2] * 0.97, rel=0.001)


def test_the_other_sheet_is_not_the_claimed_one():
    assert seen(*[markers.sheet_picture(MarkerSheet.A3, centre_cm=CENTRE)] * 3) is None


def test_a_print_has_a_size():
    with pytest.raises(ValueError, match="marker_size_mm"):
        seen(markers.sheet_picture(MarkerSheet.A4, centre_cm=CENTRE), marker_size_mm=0.0)


def test_the_claimed_sheet_is_looked_for():
    film = markers.film(*[markers.sheet_picture(MarkerSheet.A4, centre_cm=CENTRE)] * 3)

    assert find_claimed_marker(film, facts=FACTS, intrinsics=markers.CAMERA).corner_count == 24


def test_the_claimed_single_marker_is_looked_for():
    film = markers.film(*[markers.picture(marker_id=5, centre_cm=CENTRE)] * 3)
    facts = CaptureFacts(scan_type=ScanType.STANDING_FRONT, marker_id=5, marker_size_mm=160.0)

    assert find_claimed_marker(film, facts=facts, intrinsics=markers.CAMERA).corner_count == 4


def test_without_a_claim_no_marker_counts():
    film = markers.film(*[markers.picture(centre_cm=CENTRE)] * 3)
    facts = CaptureFacts(scan_type=ScanType.STANDING_FRONT)

    assert not is_marker_claimed(facts)
    assert find_claimed_marker(film, facts=facts, intrinsics=markers.CAMERA) is None


def errors_of_distance(page, find, coding):
    """Return the relative errors in per cent over the grid of distances, tilts and blurs, and how many were lost."""
    errors, lost = [], 0
    for seed, (distance, turn, blur) in enumerate((d, t, b) for d in DISTANCES_CM for t in TURNS for b in BLURS_PX):
        # Another place in each picture: another place of the edges within their pixels.
        across, down = np.random.default_rng(seed).uniform(-0.1, 0.1, 2) * distance
        look = Look(size=markers.SIZE, blur_px=blur, noise=2.0, jpeg_quality=80, coding=coding)
        centre = (float(across), float(down), distance)
        picture = picture_of(page, camera=markers.CAMERA, centre_cm=centre, turned=turn, look=look, seed=seed)
        sighting = find(markers.film(picture))
        if sighting is None:
            lost += 1
        else:
            errors.append(100 * (sighting.centre_cm[2] / distance - 1))
    return np.array(errors), lost


@pytest.mark.slow
@pytest.mark.parametrize("coding", LightCoding)
@pytest.mark.parametrize("printed", ["one marker", *MarkerSheet])
def test_the_distance_of_a_marker_has_no_bias(printed, coding):
    if printed == "one marker":
        page = printed_marker(marker_id=3, size_mm=160.0)

        def find(film):
            return find_marker(film, marker_id=3, marker_size_mm=160.0, intrinsics=markers.CAMERA)
    else:
        page = printed_sheet(LAYOUTS[printed])

        def find(film):
            return find_sheet(film, layout=LAYOUTS[printed], intrinsics=markers.CAMERA)

    errors, lost = errors_of_distance(page, find, coding)

    assert lost == 0
    assert abs(errors.mean()) < 0.05  # per cent
    assert errors.std() < 0.1
    assert np.abs(errors).max() < 0.4
