"""Films for tests: ordinary ones written with PyAV, and broken or hostile ones made from them byte by byte."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

# One tick of the written films; fine enough for any frame rate used here.
TICK = Fraction(1, 12000)
QUIET = {"libx265": {"x265-params": "log-level=none:pools=none:frame-threads=1"}}


def quadrants(width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """Return a picture that tells its orientation: red, green in the upper half, blue, white in the lower."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[: height // 2, : width // 2] = (200, 0, 0)
    picture[: height // 2, width // 2 :] = (0, 200, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 200)
    picture[height // 2 :, width // 2 :] = (220, 220, 220)
    return picture


def colour_at(image: NDArray[np.uint8], *, upper: bool, left: bool) -> str:
    """Return the name of the colour in the middle of a quadrant of `quadrants`."""
    height, width = image.shape[:2]
    row = height // 4 if upper else height * 3 // 4
    column = width // 4 if left else width * 3 // 4
    pixel = image[row, column].astype(int)
    names = {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200), "white": (220, 220, 220)}
    return min(names, key=lambda name: int(np.abs(pixel - names[name]).sum()))


def write_film(
    path: Path,
    *,
    seconds: float = 2.0,
    fps: float = 15.0,
    size: tuple[int, int] = (320, 240),
    codec: str = "libx264",
    pixel_aspect: float = 1.0,
    times_s: Sequence[float] | None = None,
    pictures: Iterable[NDArray[np.uint8]] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
) -> Path:
    """Write a film of `size` (width, height) px and return its path. `times_s` overrides the even times.

    `tags`: what the phone writes into the container.
    """
    times = list(times_s) if times_s is not None else [i / fps for i in range(round(seconds * fps))]
    shown = list(pictures) if pictures is not None else [quadrants(*size)] * len(times)
    tagging = {"movflags": "use_metadata_tags"} if tags else {}
    with av.open(str(path), "w", options=tagging | (container_options or {})) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1000))
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = TICK
        stream.codec_context.sample_aspect_ratio = Fraction(pixel_aspect).limit_denominator(100)
        stream.codec_context.options = {**QUIET.get(codec, {}), **(options or {})}
        for time_s, picture in zip(times, shown, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time_s / TICK), TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_sound(path: Path) -> Path:
    """Write an MP4 with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        for index in range(40):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16000, index * 1024, Fraction(1, 16000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def patch_box(film: bytes, box: bytes, offset: int, value: bytes) -> bytes:
    """Return `film` with `value` written `offset` bytes after the type of its first box `box`."""
    start = film.index(box) + 4 + offset
    return film[:start] + value + film[start + len(value) :]


def turned(film: bytes, clockwise_deg: int) -> bytes:
    """Return an MP4 that asks to be shown turned clockwise by 90, 180 or 270 degrees, as phones ask (ISO 14496-12)."""
    one, minus_one = 0x00010000, 0xFFFF0000  # 16.16 fixed point
    a, b, c, d = {90: (0, one, minus_one, 0), 180: (minus_one, 0, 0, minus_one), 270: (0, minus_one, one, 0)}[
        clockwise_deg
    ]
    matrix = struct.pack(">9I", a, b, 0, c, d, 0, 0, 0, 0x40000000)
    return patch_box(film, b"tkhd", 40, matrix)


def with_huge_header(film: bytes, width: int, height: int) -> bytes:
    """Return an H.264 MP4 whose container and bitstream both claim `width` x `height` px."""
    # VisualSampleEntry: 24 bytes after its type come width and height, 16 bits each (ISO 14496-12).
    return with_coded_size(patch_box(film, b"avc1", 24, struct.pack(">HH", width, height)), width, height)


def with_coded_size(film: bytes, width: int, height: int) -> bytes:
    """Return an H.264 MP4 whose sequence parameter set claims `width` x `height` px (multiples of 16)."""
    start = film.index(b"avcC") + 4 + 6  # version, profile, compatibility, level, length size, count
    length = struct.unpack(">H", film[start : start + 2])[0]
    sps = _sequence_parameter_set(width, height).ljust(length, b"\0")
    assert len(sps) == length, "the film's own parameter set is too short to be replaced"
    return film[: start + 2] + sps + film[start + 2 + length :]


def _sequence_parameter_set(width: int, height: int) -> bytes:
    """Return a baseline H.264 sequence parameter set (ITU-T H.264, 7.3.2.1)."""
    bits = [_golomb(0), _golomb(0), _golomb(2), _golomb(1), "0"]  # id, frame numbers, order type 2, references, no gaps
    bits += [_golomb(width // 16 - 1), _golomb(height // 16 - 1), "1", "1", "0", "0", "1"]
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return bytes([0x67, 66, 0, 62]) + int(text, 2).to_bytes(len(text) // 8, "big")


def _golomb(value: int) -> str:
    """Return the unsigned Exp-Golomb code of `value` as a string of bits."""
    binary = f"{value + 1:b}"
    return "0" * (len(binary) - 1) + binary
