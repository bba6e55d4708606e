"""Which lines of the standard a growth chart shows, z-scores or centiles, and what is written at their ends."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from children.growth import CurveSegment, centile
from children.numbers import printed_number

Z_LINES = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
CENTILE_LINES = tuple(NormalDist().inv_cdf(p / 100) for p in (3, 15, 50, 85, 97))  # of WHO's centile charts
BAND_RANK = 2  # between -2 and +2, or between the 3rd and the 97th centile, lies what is called normal


def line_rank(z: float) -> int:
    """Return 0 to 3, the colour of a line: 0 the median, 1 also the 15th and 85th centile, 2 the 3rd and 97th."""
    return abs(round(z))


def line_label(z: float, segment: CurveSegment) -> str:
    """Return what stands at the end of a line: +2, or 97 where the lines are centiles."""
    if any(not line.is_integer() for line in segment.z_lines):
        return f"{centile(z):.0f}"
    return printed_number(z, "+g") if z else "0"


def band_of(segment: CurveSegment) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and the upper end of the normal band, each of the shape of `segment.x`, in its y unit."""
    at = [row for row, z in enumerate(segment.z_lines) if line_rank(z) == BAND_RANK]
    return segment.y[at[0]], segment.y[at[-1]]
