"""Films for benchmarks, made from a rendered sample clip."""

from __future__ import annotations

import io
from pathlib import Path

import av

SAMPLE = Path(__file__).resolve().parent.parent / "tests" / "data" / "videos" / "A003_lying.mp4"
WIDTH, HEIGHT, FRAMES_PER_SECOND = 1080, 1920, 30


def full_hd_film(*, seconds: int) -> bytes:
    """Return a 1080p30 h264 film of `seconds` seconds: the sample clip enlarged, played forth and back."""
    with av.open(str(SAMPLE)) as source:
        frames = [
            frame.reformat(width=WIDTH, height=HEIGHT, format="yuv420p").to_ndarray()
            for frame in source.decode(video=0)
        ]
    cycle = [*frames, *reversed(frames)]
    target = io.BytesIO()
    with av.open(target, mode="w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"preset": "veryfast", "g": "30"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(seconds * FRAMES_PER_SECOND):
            # The clip has 15 frames a second: every frame is shown twice.
            picture = av.VideoFrame.from_ndarray(cycle[(index // 2) % len(cycle)], format="yuv420p")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return target.getvalue()
