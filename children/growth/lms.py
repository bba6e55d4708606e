"""The LMS transform of the WHO standards, forwards and back, and centiles of z.

Works on arrays and knows no child: which table, age or unit belongs to a value is decided in `indices.py`.
Source: WHO Child Growth Standards: Methods and development (2006), ch. 7; WHO Anthro 2005 macro manuals.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Beyond 3 SD weight-based indices continue in steps of the distance between SD2 and SD3, because their tails have too
# few children to fit a skewness. Source: WHO 2006, Methods and development, ch. 7.
TAIL_START_Z = 3.0
TAIL_STEP_FROM_Z = 2.0


def zscore(
    value: FloatArray,
    power: FloatArray,
    median: FloatArray,
    variation: FloatArray,
    *,
    out: FloatArray | None = None,
    room: FloatArray | None = None,
) -> FloatArray:
    """Return z = ((value/M)^L - 1) / (L S), unrounded; NaN where a value is negative or anything is NaN.

    Arrays broadcast; `value` in the unit of `median` (kg, cm, mm or kg/m2). No parameter L is 0 in the WHO tables.
    out, room: arrays of the common shape for the result and for work in between; fresh ones if not given.
    """
    z: FloatArray = np.divide(value, median, out=out)
    z **= power
    z -= 1.0
    z /= np.multiply(power, variation, out=room)
    return z


def normal_zscore(
    value: FloatArray, median: FloatArray, variation: FloatArray, *, out: FloatArray | None = None
) -> FloatArray:
    """Return z = (value/M - 1) / S: `zscore` where L is 1, bit for bit, without the costly power."""
    z: FloatArray = np.divide(value, median, out=out)
    z -= 1.0
    z /= variation
    return z


def value_at_sd(z: FloatArray | float, power: FloatArray, median: FloatArray, variation: FloatArray) -> FloatArray:
    """Return the value at `z` on the plain LMS curve, M (1 + L S z)^(1/L); NaN where the curve has no value."""
    value: FloatArray = median * (1.0 + power * variation * z) ** (1.0 / power)
    return value


def restrict_zscore(
    z: FloatArray, value: FloatArray, power: FloatArray, median: FloatArray, variation: FloatArray
) -> FloatArray:
    """Return `z` with everything beyond +-3 replaced by WHO's straight tails.

    All arrays have one shape, (n,). The switch looks at the unrounded z. Never for length/height or head.
    """
    sign = np.sign(z)
    sd3 = value_at_sd(sign * TAIL_START_Z, power, median, variation)
    sd2 = value_at_sd(sign * TAIL_STEP_FROM_Z, power, median, variation)
    # (value - SD3)/(SD3 - SD2) above and (value - SD-3)/(SD-2 - SD-3) below, in one expression.
    tail = sign * TAIL_START_Z + sign * (value - sd3) / (sd3 - sd2)
    return np.where(np.abs(z) > TAIL_START_Z, tail, z)


def value_at_z(
    z: FloatArray, power: FloatArray, median: FloatArray, variation: FloatArray, *, restricted: BoolArray | bool
) -> FloatArray:
    """Return the measurement at `z`, the inverse of the z-score; with WHO's straight tails where `restricted`.

    Arrays broadcast. A result may be <= 0 far down a straight tail: no child has that z.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = value_at_sd(z, power, median, variation)
        sign = np.sign(z)
        sd3 = value_at_sd(sign * TAIL_START_Z, power, median, variation)
        sd2 = value_at_sd(sign * TAIL_STEP_FROM_Z, power, median, variation)
        tail = sd3 + (np.abs(z) - TAIL_START_Z) * (sd3 - sd2)
    return np.where((np.abs(z) > TAIL_START_Z) & restricted, tail, plain)


def centile(z: float) -> float:
    """Return the centile, 0-100, of one z-score."""
    return 50.0 * math.erfc(-z / math.sqrt(2.0))


def centiles(z: FloatArray) -> FloatArray:
    """Return the centile, 0-100, of each z-score; NaN stays NaN. Within 1e-12 of `centile`.

    Source: Hart 1968 algorithm 5666 as given by G. West, Better approximations to cumulative normal functions (2005).
    """
    x = np.abs(np.asarray(z, dtype=np.float64))
    density = np.exp(-0.5 * x * x)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        near = density * np.polyval(_HART_NUMERATOR, x) / np.polyval(_HART_DENOMINATOR, x)
        far = density / (x + 1.0 / (x + 2.0 / (x + 3.0 / (x + 4.0 / (x + 0.65))))) / math.sqrt(2.0 * math.pi)
    # Continued fraction beyond 7.07; below, the ratio of polynomials.
    tail = np.where(x < _HART_SWITCH, near, far)
    return 100.0 * np.where(np.asarray(z) > 0.0, 1.0 - tail, tail)


_HART_SWITCH = 7.07106781186547
_HART_NUMERATOR = (
    3.52624965998911e-02,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
_HART_DENOMINATOR = (
    8.83883476483184e-02,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)
