"""Which files are refused, with which code and sentence, and that nothing is left behind."""

from __future__ import annotations

import os
import random
import threading
import time

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
