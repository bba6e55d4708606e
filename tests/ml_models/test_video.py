"""What films come in, upright and evenly sampled, and what is refused with which code."""

from __future__ import annotations

import os
import random
import threading
import time

import numpy as np
import pytest

from ml_models.reasons import ADVICE, ReasonCode
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


def pictures_or_code(path) -> int | ReasonCode:
    try:
        return len(sample_frames(path, limits=LIMITS).images)
    except VideoError as error:
        return error.code


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


# Refusals


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"seconds": 0.5}, ReasonCode.TOO_SHORT),
        ({"times_s": [i / 5 for i in range(310)]}, ReasonCode.TOO_LONG),
        ({"times_s": [*(i / 15 for i in range(30)), 36000.0]}, ReasonCode.TOO_LONG),
        ({"fps": 240.0}, ReasonCode.FRAME_RATE),
        ({"times_s": [0.0, 1.0, 2.0, 3.0, 4.0]}, ReasonCode.FRAME_RATE),
        ({"codec": "mpeg4"}, ReasonCode.CODEC_NOT_SUPPORTED),
        ({"codec": "mjpeg"}, ReasonCode.CODEC_NOT_SUPPORTED),
        ({"size": (4112, 64)}, ReasonCode.TOO_MANY_PIXELS),
    ],
    ids=["half a second", "62 s", "10 h", "240 fps", "1 fps", "mpeg4", "mjpeg", "4112 px wide"],
)
def test_a_film_beyond_the_limits_is_refused_with_its_code(tmp_path, arguments, code):
    path = films.write_film(tmp_path / "film.mp4", **arguments)

    assert refusal(path).code is code


def test_a_refusal_says_what_happened_the_limit_and_what_to_do(tmp_path):
    path = films.write_film(tmp_path / "film.mp4", times_s=[i / 5 for i in range(390)])

    message = refusal(path).message

    assert message == f"The film lasts 78 s; the limit is 60 s. {ADVICE[ReasonCode.TOO_LONG]}"


def test_16384_by_8192_pixels_are_refused_from_the_header(tmp_path, plain):
    huge = films.with_huge_header(plain.read_bytes(), 16384, 8192)
    path = tmp_path / "huge.mp4"
    path.write_bytes(huge)

    assert len(huge) < 400_000
    assert refusal(path).code is ReasonCode.TOO_MANY_PIXELS


def test_pictures_larger_than_the_container_says_are_refused(tmp_path, plain):
    path = tmp_path / "lies.mp4"
    path.write_bytes(films.with_coded_size(plain.read_bytes(), 16384, 8192))

    assert refusal(path).code is ReasonCode.TOO_MANY_PIXELS


def test_a_header_that_hides_ten_hours_is_refused(tmp_path):
    film = films.write_film(tmp_path / "film.mp4", times_s=[*(i / 15 for i in range(30)), 36000.0]).read_bytes()
    # Version 0 boxes: duration, 32 bits, in ticks of the film (1000 a second) or of the track.
    for box, offset, ticks in ((b"mvhd", 16, 2000), (b"tkhd", 20, 2000), (b"mdhd", 16, 2 * films.TICK.denominator)):
        film = films.patch_box(film, box, offset, ticks.to_bytes(4, "big"))
    path = tmp_path / "hides.mp4"
    path.write_bytes(film)

    assert refusal(path).code is ReasonCode.TOO_LONG


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ReasonCode.EMPTY_FILE),
        (b"\0" * 5000, ReasonCode.NOT_A_VIDEO),
        (b"The child was well.\n" * 50, ReasonCode.NOT_A_VIDEO),
        (random.Random(1).randbytes(50_000), ReasonCode.NOT_A_VIDEO),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n", ReasonCode.NOT_A_VIDEO),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", ReasonCode.NOT_A_VIDEO),
        (b"<?xml version='1.0'?><MPD><BaseURL>http://127.0.0.1/</BaseURL></MPD>", ReasonCode.NOT_A_VIDEO),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), ReasonCode.NOT_A_VIDEO),
        (b"\0\0\0\x18ftypmp42" + bytes(12) + random.Random(2).randbytes(5000), ReasonCode.TRUNCATED),
        (b"\x1a\x45\xdf\xa3" + random.Random(3).randbytes(5000), ReasonCode.NOT_A_VIDEO),
        (b"\0\0\0", ReasonCode.NOT_A_VIDEO),
    ],
    ids=["empty", "zeros", "text", "random", "hls", "ffconcat", "dash", "png", "ftyp+random", "ebml+random", "3 bytes"],
)
def test_what_is_not_a_film_is_refused_with_its_code(tmp_path, content, code):
    path = tmp_path / "standing_front.mp4"
    path.write_bytes(content)

    assert refusal(path).code is code


def test_a_playlist_inside_a_film_opens_nothing(tmp_path, plain):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(12) + b"#EXTM3U\nfile:///etc/passwd\n" + plain.read_bytes())

    assert refusal(path).code in {ReasonCode.TRUNCATED, ReasonCode.NOT_A_VIDEO}


def test_sound_without_a_picture_is_refused(tmp_path):
    assert refusal(films.write_sound(tmp_path / "sound.mp4")).code is ReasonCode.NO_VIDEO_STREAM


def test_a_film_cut_anywhere_is_refused(tmp_path):
    film = films.write_film(tmp_path / "film.mp4", container_options={"movflags": "faststart"}).read_bytes()
    path = tmp_path / "cut.mp4"
    codes = set()

    for twentieth in range(20):
        path.write_bytes(film[: max(1, len(film) * twentieth // 20)])
        codes.add(refusal(path).code)

    assert codes <= {ReasonCode.TRUNCATED, ReasonCode.NOT_A_VIDEO}


def test_a_webm_cut_in_the_middle_is_truncated(tmp_path):
    film = films.write_film(tmp_path / "film.webm", codec="libvpx-vp9", seconds=4).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(film[: len(film) // 2])

    assert refusal(path).code is ReasonCode.TRUNCATED


def test_a_huge_sparse_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "sparse.mp4"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)

    started = time.monotonic()
    assert refusal(path).code is ReasonCode.TOO_LARGE
    assert time.monotonic() - started < 0.5


def test_a_clock_that_stands_still_is_refused(tmp_path, plain):
    path = tmp_path / "film.mp4"
    path.write_bytes(films.patch_box(plain.read_bytes(), b"mdhd", 12, bytes(4)))  # time scale 0

    assert isinstance(refusal(path).code, ReasonCode)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_never_do_more_than_refuse(tmp_path, plain, seed):
    rng = random.Random(seed)
    film = bytearray(plain.read_bytes())
    for _ in range(40):
        film[rng.randrange(32, len(film))] = rng.randrange(256)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(film)

    assert pictures_or_code(path) in {*range(6, 13), *ReasonCode}


def test_a_missing_file_is_the_callers_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        sample_frames(tmp_path / "nothing.mp4", limits=LIMITS)


def test_refusals_leave_no_descriptor_or_thread_behind(tmp_path):
    path = films.write_film(tmp_path / "film.mp4", seconds=0.5)
    refusal(path)
    before = len(os.listdir("/proc/self/fd")), threading.active_count()

    for _ in range(3):
        refusal(path)

    time.sleep(0.1)
    assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before
