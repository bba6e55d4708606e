"""What a film's own tags say of its camera, and that nothing else in them is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_models.camera_tags import check_camera, read_camera
from ml_models.intrinsics import FOCAL_SD_FROM_PHONE, FOCAL_SD_FROM_TABLE, FOCAL_SD_UNKNOWN, intrinsics_for
from ml_models.types import CaptureFacts, ScanType, WrittenCamera
from ml_models.video import VideoLimits, sample_frames
from tests.ml_models import films

APPLE = "com.apple.quicktime."
FOCAL = f"{APPLE}camera.focal_length.35mm_equivalent"
IPHONE = {f"{APPLE}make": "Apple", f"{APPLE}model": "iPhone 12", FOCAL: "13"}
UNTOLD = CaptureFacts(scan_type=ScanType.STANDING_FRONT)


def focal(facts=UNTOLD, **written):
    camera = intrinsics_for(facts, 1080, 1920, written=WrittenCamera(**written))
    return camera.fx, camera.focal_relative_sd


def test_the_tags_of_a_film_reach_the_camera(tmp_path):
    path = films.write_film(tmp_path / "tagged.mp4", tags=IPHONE)

    frames = sample_frames(path, limits=VideoLimits())

    assert frames.camera == WrittenCamera(phone_model="Apple iPhone 12", equivalent_focal_mm=13.0)


def test_a_film_without_tags_says_nothing_of_its_camera(tmp_path):
    assert sample_frames(films.write_film(tmp_path / "plain.mp4"), limits=VideoLimits()).camera == WrittenCamera()


def test_androids_tags_are_read():
    tags = {"com.android.manufacturer": "Google", "com.android.model": "Pixel 6a", "com.android.version": "14"}

    assert read_camera(tags).phone_model == "Google Pixel 6a"


def test_a_model_that_begins_with_its_maker_is_not_named_twice():
    assert read_camera({"make": "Xiaomi", "model": "Xiaomi 13"}).phone_model == "Xiaomi 13"


def test_what_the_container_says_counts_before_the_stream():
    assert read_camera({"model": "first"}, {"model": "second", FOCAL: "26"}) == WrittenCamera("first", 26.0)


@pytest.mark.parametrize("value", ["nan", "inf", "-26", "0", "1e308", "26 mm", "", None, [26], {"mm": 26}, 10**400])
def test_a_focal_length_that_no_phone_has_is_left_out(value):
    assert check_camera(phone_model=None, equivalent_focal_mm=value).equivalent_focal_mm is None


def test_a_model_is_cut_short_and_printable():
    written = check_camera(phone_model="\x1b[31m" + "x" * 10_000 + "\n", equivalent_focal_mm=None)

    assert written.phone_model == ("[31m" + "x" * 10_000)[:100]


@pytest.mark.parametrize("value", [None, 5, "", " \n", ["iPhone"]])
def test_a_model_that_is_no_text_is_left_out(value):
    assert check_camera(phone_model=value, equivalent_focal_mm=None).phone_model is None


def test_the_written_lens_counts_before_the_table_of_phones():
    told = replace(UNTOLD, phone_model="Apple iPhone 12")

    wide, sd = focal(told, equivalent_focal_mm=13.0)

    assert wide == pytest.approx(focal(told)[0] / 2)
    assert sd == FOCAL_SD_FROM_TABLE


def test_a_written_model_stands_in_for_one_that_nobody_told():
    assert focal(phone_model="Apple iPhone 14 Pro") == focal(replace(UNTOLD, phone_model="Apple iPhone 14 Pro"))
    assert focal(phone_model="a phone that nobody knows") == focal()
    assert focal()[1] == FOCAL_SD_UNKNOWN


def test_the_focal_length_of_the_running_camera_counts_before_what_is_written():
    told = replace(UNTOLD, focal_length_px=1500.0)

    assert focal(told, equivalent_focal_mm=13.0) == (1500.0, FOCAL_SD_FROM_PHONE)
