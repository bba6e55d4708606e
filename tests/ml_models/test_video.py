"""What films come in: upright, evenly sampled, whatever their codec, container and clock."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.video import VideoError, VideoLimits, sample_frames
from tests.ml_models import films

LIMITS = VideoLimits()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """An ordinary film of 2 s, 320 x 240 px, 15 fps, index at the end as phones write it."""
    return films.write_film(tmp_path_factory.mktemp("film") / "plain.mp4")


def refusal(path, limits: VideoLimits = LIMITS) -> VideoError:
    with pytest.raises(VideoError) as caught:
        sample_frames(path, limits=limits)
    return caught.value


def test_an_ordinary_film_gives_one_frame_from_each_equal_part(plain):
    frames = sample_frames(plain, limits=LIMITS)

    assert frames.images.shape == (12, 240, 320, 3)
    assert frames.images.dtype == np.uint8
    assert [int(time_s / (2 / 12)) for time_s in frames.times_s] == list(range(12))
    assert (frames.width, frames.height, frames.scale, frames.codec) == (320, 240, 1.0, "h264")
    assert frames.duration_s == pytest.approx(2.0, abs=0.01)
    assert frames.fps == pytest.approx(15, abs=0.01)


def test_each_frame_is_the_one_of_its_time(tmp_path):
    greys = [np.full((240, 320, 3), 5 * index, dtype=np.uint8) for index in range(45)]
    path = films.write_film(tmp_path / "ramp.mp4", times_s=[i / 15 for i in range(45)], pictures=greys)

    frames = sample_frames(path, limits=LIMITS)

    assert frames.images.mean(axis=(1, 2, 3)) == pytest.approx(frames.times_s * 15 * 5, abs=4)


@pytest.mark.parametrize("keyframe_every", [1, 7, 1000])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_frames_keep_their_times_whatever_the_keyframes(tmp_path, codec, keyframe_every):
    key = "x265-params" if codec == "libx265" else "g"
    value = f"keyint={keyframe_every}:log-level=none:pools=none" if codec == "libx265" else str(keyframe_every)
    greys = [np.full((240, 320, 3), 4 * index, dtype=np.uint8) for index in range(60)]
    path = films.write_film(
        tmp_path / "ramp.mp4", codec=codec, times_s=[i / 15 for i in range(60)], pictures=greys, options={key: value}
    )

    frames = sample_frames(path, limits=LIMITS)

    assert len(frames.images) == 12
    assert frames.images.mean(axis=(1, 2, 3)) == pytest.approx(frames.times_s * 15 * 4, abs=5)


@pytest.mark.parametrize(
    ("clockwise_deg", "upper_left", "upright_size"),
    [(90, "blue", (240, 320)), (180, "white", (320, 240)), (270, "green", (240, 320))],
)
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_rotation_flag_gives_upright_frames(tmp_path, codec, clockwise_deg, upper_left, upright_size):
    path = films.write_film(tmp_path / "turned.mp4", codec=codec)
    path.write_bytes(films.turned(path.read_bytes(), clockwise_deg))

    frames = sample_frames(path, limits=LIMITS)

    assert films.colour_at(frames.images[5], upper=True, left=True) == upper_left
    assert (frames.width, frames.height) == upright_size
    assert frames.images.shape[1:3] == upright_size[::-1]


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [("film.mp4", "libx265", "hevc"), ("film.mp4", "libvpx-vp9", "vp9"), ("film.webm", "libvpx-vp9", "vp9")],
)
def test_other_accepted_codecs_and_containers(tmp_path, name, codec, expected):
    written = films.write_film(tmp_path / name, codec=codec)
    path = written.rename(tmp_path / "named_by_scan_type.mp4")

    frames = sample_frames(path, limits=LIMITS)

    assert (len(frames.images), frames.codec) == (12, expected)
    assert films.colour_at(frames.images[-1], upper=False, left=True) == "blue"


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", {"g": "10", "bf": "3", "x264-params": "open-gop=1:bframes=3:keyint=10:min-keyint=10"}),
        ("libx265", {"x265-params": "open-gop=1:bframes=3:keyint=10:min-keyint=10:log-level=none:pools=none"}),
    ],
)
def test_groups_of_pictures_that_lean_on_the_one_before(tmp_path, codec, options):
    greys = [np.full((240, 320, 3), 4 * index, dtype=np.uint8) for index in range(60)]
    path = films.write_film(
        tmp_path / "open.mp4", codec=codec, times_s=[i / 15 for i in range(60)], pictures=greys, options=options
    )

    frames = sample_frames(path, limits=LIMITS)

    assert len(frames.images) >= 10
    assert frames.images.mean(axis=(1, 2, 3)) == pytest.approx(frames.times_s * 15 * 4, abs=5)


def test_pixels_that_are_not_square_come_back_square(tmp_path):
    path = films.write_film(tmp_path / "wide.mp4", pixel_aspect=4 / 3)

    frames = sample_frames(path, limits=LIMITS)

    assert (frames.width, frames.height) == (427, 240)
    assert frames.images.shape[1:3] == (240, 427)


def test_a_codec_is_named_as_people_know_it(tmp_path):
    path = films.write_film(tmp_path / "film.mp4", codec="mpeg4")

    assert "coded as mpeg4; readable are h264, hevc, vp9" in refusal(path).message


@pytest.mark.parametrize("flags", ["faststart", "frag_keyframe+empty_moov"])
def test_index_first_and_fragmented_films(tmp_path, flags):
    path = films.write_film(tmp_path / "film.mp4", container_options={"movflags": flags})

    assert len(sample_frames(path, limits=LIMITS).images) == 12


def test_variable_frame_rate_is_read_by_time(tmp_path):
    times = [0.0, 0.03, 0.07, 0.5, 0.53, 0.6, 1.0, 1.3, 1.35, 1.4, 1.8, 1.85, 1.9, 2.1, 2.5, 2.55, 2.8, 2.95]
    path = films.write_film(tmp_path / "film.mp4", times_s=times)

    frames = sample_frames(path, limits=LIMITS)

    assert set(frames.times_s.round(2)) <= set(times)
    assert frames.times_s[0] < 0.2
    assert frames.times_s[-1] > 2.7


def test_large_pictures_come_back_smaller_and_say_so(tmp_path):
    path = films.write_film(tmp_path / "film.mp4", size=(640, 480))

    frames = sample_frames(path, limits=LIMITS, max_side_px=320)

    assert frames.images.shape[1:3] == (240, 320)
    assert (frames.width, frames.height, frames.scale) == (640, 480, 0.5)


def test_fewer_frames_can_be_asked_for(plain):
    assert len(sample_frames(plain, limits=LIMITS, frame_count=3).images) == 3
