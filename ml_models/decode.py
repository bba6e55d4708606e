"""The decoding process: `python -m ml_models.decode JOB < film`, started by `ml_models.video` and by nobody else.

Shuts itself in before it touches the film: no new file or socket, no writing, little memory and CPU, death with its
parent. Answers with one JSON line, {"code", "message"} or the frames' header, followed by the frames' bytes (RGB, C
order).

Decodes as little as possible: all packets are listed first (no decoding), one frame is chosen for each equal part of
the film, a keyframe where there is one, and only groups of pictures that hold a chosen frame are decoded, up to it.
"""

from __future__ import annotations

import importlib
import io
import json
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import av
import av.container
import av.error
import numpy as np
from numpy.typing import NDArray

from ml_models.camera_tags import read_camera
from ml_models.confinement import confine
from ml_models.reasons import ReasonCode
from ml_models.sampling import Group, Packet, choose_frames, plan_groups
from ml_models.video import VideoError, VideoLimits, video_error

# Rates and durations are nominal: 60.04 s and 120.05 fps are what phones write for 60 s and 120 fps.
_ROUNDING_SHARE = 0.01
_ROUNDING_S = 0.1
# A film whose pictures end this much before the length that its header claims was cut off.
_MISSING_END_SHARE = 0.1
_MISSING_END_S = 1.0
# At least this share of the wanted frames must come out whole, or the film counts as damaged.
_MIN_DECODED_SHARE = 0.5
# Slowest film: below 3 pictures a second twelve frames of a short film are not different pictures.
_MIN_FPS = 3.0
# Pixels that are not square by more than this factor are a broken header, not a camera.
_MAX_PIXEL_ASPECT = 2.0


def load_decoder() -> None:
    """Import all of PyAV, which otherwise loads parts of itself on first use: after `confine` no file can be opened."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name not in ("av.__main__", "av.datasets"):
            importlib.import_module(module.name)


class Film:
    """The opened film and what its header says. Raises VideoError for what the limits refuse."""

    def __init__(self, demuxer: str, limits: VideoLimits) -> None:
        self.limits = limits
        try:
            self.container = av.open(
                io.FileIO(0, closefd=False),
                format=demuxer,
                # Custom input has no name to resolve others against; say it twice all the same.
                container_options={"protocol_whitelist": "", "enable_drefs": "0"},
                # A header may lie about the size of its pictures: the decoder itself refuses larger ones.
                options={"max_pixels": str(limits.max_side_px**2), "threads": "1"},
                metadata_errors="replace",
            )
        except av.error.MemoryError:
            raise
        except av.error.FFmpegError as error:
            fact = f"The file cannot be read as a film ({error.strerror})."
            raise video_error(ReasonCode.NOT_A_VIDEO, fact) from error
        streams = [s for s in self.container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
        if not streams:
            raise video_error(ReasonCode.NO_VIDEO_STREAM, "The file holds no moving picture.")
        self.stream = streams[0]
        for stream in self.container.streams:
            if stream.index != self.stream.index:
                stream.discard = "all"
        self._check_header()
        self.stream.codec_context.thread_count = 1  # the workers are the parallel ones

    def _check_header(self) -> None:
        stream, limits = self.stream, self.limits
        codec = stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"
        if codec not in limits.codecs:
            raise video_error(
                ReasonCode.CODEC_NOT_SUPPORTED,
                f"The film is coded as {codec}; readable are {', '.join(limits.codecs)}.",
            )
        self.codec = codec
        self.check_size(stream.codec_context.width, stream.codec_context.height)
        claimed = self.claimed_duration_s
        if claimed is not None:
            self.check_duration(claimed)
        if stream.average_rate:
            self.check_rate(float(stream.average_rate))

    @property
    def claimed_duration_s(self) -> float | None:
        """Return the length that the header claims, None if it claims none."""
        if self.stream.duration is not None and self.stream.time_base is not None:
            return float(self.stream.duration * self.stream.time_base)
        if self.container.duration is not None:
            return float(self.container.duration / av.time_base)
        return None

    @property
    def pixel_aspect(self) -> float:
        """Return width/height of a pixel; 1 where the header says nothing or nonsense."""
        aspect = float(self.stream.sample_aspect_ratio or 1)
        return aspect if 1 / _MAX_PIXEL_ASPECT <= aspect <= _MAX_PIXEL_ASPECT else 1.0

    def check_size(self, width: int, height: int) -> None:
        """Raise VideoError for pictures without a size or beyond the limit."""
        if not width or not height:
            raise video_error(ReasonCode.DECODE_FAILED, "The film's pictures have no size.")
        if max(width, height) > self.limits.max_side_px:
            raise video_error(
                ReasonCode.TOO_MANY_PIXELS,
                f"The picture has {width} x {height} pixels; the limit is {self.limits.max_side_px} a side.",
            )

    def check_duration(self, seconds: float) -> None:
        """Raise VideoError for a film that is too short or too long."""
        if seconds < self.limits.min_duration_s - _ROUNDING_S:
            raise video_error(
                ReasonCode.TOO_SHORT, f"The film lasts {seconds:.1f} s; the least is {self.limits.min_duration_s:g} s."
            )
        if seconds > self.limits.max_duration_s + _ROUNDING_S:
            raise video_error(
                ReasonCode.TOO_LONG, f"The film lasts {seconds:.0f} s; the limit is {self.limits.max_duration_s:g} s."
            )

    def check_rate(self, fps: float) -> None:
        """Raise VideoError for too many or too few pictures a second."""
        if not _MIN_FPS <= fps <= self.limits.max_fps * (1 + _ROUNDING_SHARE):
            raise video_error(
                ReasonCode.FRAME_RATE,
                f"The film has {fps:.3g} pictures a second; readable are {_MIN_FPS:g} to {self.limits.max_fps:g}.",
            )

    def list_packets(self) -> list[Packet]:
        """Return all coded pictures in decoding order, without decoding. Stops at what the limits refuse."""
        found: list[Packet] = []
        most = int(self.limits.max_duration_s * self.limits.max_fps * (1 + _ROUNDING_SHARE)) + 1
        try:
            for packet in self.container.demux(self.stream):
                if packet.pts is None or packet.is_discard or packet.is_corrupt or not packet.size:
                    continue
                found.append(Packet(packet.pts, packet.is_keyframe))
                if len(found) > most:
                    raise video_error(ReasonCode.TOO_LONG, f"The film has more than {most} pictures, the limit.")
        except av.error.FFmpegError as error:
            raise video_error(ReasonCode.TRUNCATED, "The film breaks off in the middle.") from error
        if not found:
            raise video_error(ReasonCode.TRUNCATED, "The film holds no pictures.")
        return found

    def measure(self, packets: list[Packet]) -> tuple[float, float]:
        """Return duration in s and mean rate in 1/s as the pictures' own times tell. Raises VideoError."""
        tick = float(self.stream.time_base or 0)
        times = [packet.pts for packet in packets]
        span = (max(times) - min(times)) * tick
        shown = span * len(times) / max(1, len(times) - 1)  # the last picture is shown, too
        self.check_duration(shown)
        claimed = self.claimed_duration_s
        if claimed and claimed - shown > max(_MISSING_END_S, _MISSING_END_SHARE * claimed):
            raise video_error(
                ReasonCode.TRUNCATED, f"The film breaks off: pictures for {shown:.1f} of {claimed:.1f} s are there."
            )
        fps = len(times) / shown
        self.check_rate(fps)
        return shown, fps

    def decode(self, groups: list[Group]) -> Iterator[av.VideoFrame]:
        """Yield the wanted frames, not always in order of time. Damaged ones are left out."""
        for group in groups:
            self.container.seek(group.keyframe_pts, stream=self.stream)
            for frame in self._decode_group(group):
                if frame.pts in group.wanted and not frame.is_corrupt:
                    self.check_size(frame.width, frame.height)
                    yield frame

    def _decode_group(self, group: Group) -> Iterator[av.VideoFrame]:
        """Yield frames of a group, decoded from its keyframe to the last wanted picture, and no further."""
        context = self.stream.codec_context
        rest = set(group.wanted)
        started = False
        for packet in self.container.demux(self.stream):
            started = started or packet.pts == group.keyframe_pts
            if not started or not packet.size:
                continue
            # Pictures that no other refers to need no decoding unless they are wanted themselves.
            context.skip_frame = "DEFAULT" if packet.pts in rest else "NONREF"
            rest.discard(packet.pts)
            try:
                yield from context.decode(packet)
                if not rest:
                    yield from context.decode(None)
            except av.error.InvalidDataError:
                continue  # a damaged picture; the count of whole ones decides at the end
            if not rest:
                return


def to_upright_rgb(
    frame: av.VideoFrame, *, pixel_aspect: float, max_side_px: int
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return the frame upright as uint8 (height, width, 3) RGB, and its full upright size (width, height).

    `pixel_aspect` is width/height of a pixel before rotation. Applies the rotation flag; shrinks to `max_side_px`,
    never enlarges.
    """
    width, height = round(frame.width * pixel_aspect), frame.height
    shrink = min(1.0, max_side_px / max(width, height))
    small = frame.reformat(
        width=max(1, round(width * shrink)),
        height=max(1, round(height * shrink)),
        format="rgb24",
        interpolation="AREA",
        threads=1,
    )
    rgb = small.to_ndarray()
    turns = round(frame.rotation / 90) % 4  # anticlockwise, as in numpy
    size = (width, height) if turns % 2 == 0 else (height, width)
    return np.ascontiguousarray(np.rot90(rgb, turns)), size


def decode(job: dict[str, Any], limits: VideoLimits) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """Return the answer's header and the frames, uint8 (frames, height, width, 3). Raises VideoError."""
    film = Film(job["demuxer"], limits)
    packets = film.list_packets()
    duration_s, fps = film.measure(packets)
    wanted = choose_frames(packets, job["frame_count"])
    start, tick = min(packet.pts for packet in packets), float(film.stream.time_base or 0)
    images: dict[float, NDArray[np.uint8]] = {}
    size = (0, 0)
    for frame in film.decode(plan_groups(packets, wanted)):
        image, size = to_upright_rgb(frame, pixel_aspect=film.pixel_aspect, max_side_px=job["max_side_px"])
        images[(frame.pts - start) * tick] = image
    if len(images) < _MIN_DECODED_SHARE * min(job["frame_count"], len(packets)):
        fact = f"The film is damaged: {len(images)} of {len(wanted)} sampled pictures are readable."
        raise video_error(ReasonCode.DECODE_FAILED, fact)
    times = sorted(images)
    if len({image.shape for image in images.values()}) > 1:
        raise video_error(ReasonCode.DECODE_FAILED, "The film's picture changes its size.")
    stacked = np.stack([images[time] for time in times])
    header = {
        "shape": stacked.shape[:3],
        "times_s": times,
        "width": size[0],
        "height": size[1],
        "scale": stacked.shape[2] / size[0],
        "duration_s": duration_s,
        "fps": fps,
        "codec": film.codec,
        "camera": asdict(read_camera(film.container.metadata, film.stream.metadata)),
    }
    return header, stacked


def main() -> None:
    """Answer one job on standard output."""
    job = json.loads(sys.argv[1])
    limits = VideoLimits(**job["limits"])
    load_decoder()
    confine(parent_pid=job["parent_pid"], memory_bytes=limits.memory_bytes, cpu_s=limits.cpu_s)
    out = sys.stdout.buffer
    try:
        header, images = decode(job, limits)
    except VideoError as error:
        out.write(json.dumps({"code": error.code, "message": error.message}).encode() + b"\n")
        return
    except MemoryError:
        refusal = video_error(ReasonCode.DECODE_FAILED, "The film needs more memory than it may have.")
        out.write(json.dumps({"code": refusal.code, "message": refusal.message}).encode() + b"\n")
        return
    out.write(json.dumps(header).encode() + b"\n")
    out.write(images.data.cast("B"))


if __name__ == "__main__":
    main()
