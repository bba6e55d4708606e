"""The pinhole camera of a film: from the phone itself, from the film's tags, from a table of phones, or from what
phones have in common.

Width and height are those of the upright film; lens distortion is ignored (phones correct it in video).
"""

from __future__ import annotations

from types import MappingProxyType

from ml_models.types import CameraIntrinsics, CaptureFacts, WrittenCamera

# The phone's own camera API gives the focal length of the running video mode; what is left is focusing and
# stabilisation.
FOCAL_SD_FROM_PHONE = 0.015

# "35 mm equivalent" compares picture diagonals (43.27 mm). Phone sensors are 4:3, and video uses their full width: a
# 4:3 picture with that diagonal is 34.6 mm wide.
_EQUIVALENT_WIDTH_MM = 34.6
# Video is cut further for stabilisation, by a share that makers do not publish: between none and a third, mostly
# 10-20 %.
_STABILISATION_CROP = 1.15

# Judgement: the crop is uncertain by about 6 % with the lens known (makers do not say whether the equivalent in a
# film's tags has it in); the lens of an unknown phone (23-28 mm) adds 8 %.
FOCAL_SD_FROM_TABLE = 0.06
FOCAL_SD_UNKNOWN = 0.10

_COMMON_EQUIVALENT_MM = 26.0
# Main camera, 35 mm equivalent in mm, as the makers state it for photographs. Keys are lower case. The longest key
# that the reported model begins with counts.
_EQUIVALENT_MM_BY_PHONE = MappingProxyType(
    {
        "apple iphone 8": 28.0,
        "apple iphone se": 28.0,
        "apple iphone xr": 26.0,
        "apple iphone 11": 26.0,
        "apple iphone 12": 26.0,
        "apple iphone 13": 26.0,
        "apple iphone 14": 26.0,
        "apple iphone 14 pro": 24.0,
        "apple iphone 15": 26.0,
        "apple iphone 15 pro": 24.0,
        "google pixel 4a": 27.0,
        "google pixel 6a": 27.0,
        "samsung galaxy a12": 26.0,
        "samsung galaxy a32": 26.0,
        "samsung galaxy a52": 26.0,
        "xiaomi redmi note 8": 26.0,
        "xiaomi redmi note 9": 26.0,
        "xiaomi redmi note 10": 26.0,
        "xiaomi redmi note 11": 26.0,
    }
)


def intrinsics_for(
    facts: CaptureFacts, width: int, height: int, *, written: WrittenCamera | None = None
) -> CameraIntrinsics:
    """Return the camera of an upright film of `width` x `height` px. `written`: what the film's tags say.

    `facts.focal_length_px` counts first, then the lens that the film names, then the phone model as told or written,
    then a common phone with a wide SD. The principal point is the middle of the picture (pixel centres at whole
    numbers). Raises ValueError for a size or a focal length that is not positive.
    """
    if width <= 0 or height <= 0:
        raise ValueError(f"a film of {width} x {height} px has no camera")
    focal_px, sd = _focal_length(facts, written or WrittenCamera(), max(width, height))
    if not focal_px > 0:
        raise ValueError(f"focal_length_px must be > 0, got {focal_px}")
    return CameraIntrinsics(fx=focal_px, fy=focal_px, cx=(width - 1) / 2, cy=(height - 1) / 2, focal_relative_sd=sd)


def _focal_length(facts: CaptureFacts, written: WrittenCamera, long_side_px: int) -> tuple[float, float]:
    """Return the focal length in px and its relative SD."""
    if facts.focal_length_px is not None:
        return facts.focal_length_px, FOCAL_SD_FROM_PHONE
    equivalent_mm = (
        written.equivalent_focal_mm or _equivalent_mm(facts.phone_model) or _equivalent_mm(written.phone_model)
    )
    if equivalent_mm is not None:
        return _to_px(equivalent_mm, long_side_px), FOCAL_SD_FROM_TABLE
    return _to_px(_COMMON_EQUIVALENT_MM, long_side_px), FOCAL_SD_UNKNOWN


def _equivalent_mm(phone_model: str | None) -> float | None:
    if not phone_model:
        return None
    reported = " ".join(phone_model.lower().split())
    known = [name for name in _EQUIVALENT_MM_BY_PHONE if f"{reported} ".startswith(f"{name} ")]
    return _EQUIVALENT_MM_BY_PHONE[max(known, key=len)] if known else None


def _to_px(equivalent_mm: float, long_side_px: int) -> float:
    return equivalent_mm / _EQUIVALENT_WIDTH_MM * _STABILISATION_CROP * long_side_px
