"""Write drawn pictures as a phone does: H.264 in an MP4."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def write_film(path: Path, images: Iterable[NDArray[np.uint8]], *, fps: int, crf: int) -> int:
    """Write RGB `images`, each uint8 (height, width, 3), and return how many there were.

    `crf`: x264's constant quality, 18 (fine) to 35 (coarse). One thread and fixed settings: the same pictures give the
    same bytes. Raises ValueError without a picture.
    """
    count = 0
    with av.open(str(path), mode="w", format="mp4") as container:
        stream = None
        for image in images:
            if stream is None:
                stream = container.add_stream("libx264", rate=Fraction(fps))
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"preset": "veryfast", "crf": str(crf), "threads": "1", "g": str(2 * fps)}
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
            count += 1
        if stream is None:
            raise ValueError("a film needs at least one picture")
        container.mux(stream.encode())
    return count
