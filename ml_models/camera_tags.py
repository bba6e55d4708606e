"""What phones write about their camera into a film's container: model, and focal length as "35 mm equivalent".

The tags are as trustworthy as the film, which is not at all: only plausible values are taken, text is cut short.
Standard library only; read in the decoding process (`ml_models.decode`) and checked once more by whoever started it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ml_models.types import WrittenCamera

# QuickTime metadata keys (Apple) and Android's, as libav names them.
_MAKE_TAGS = ("com.apple.quicktime.make", "com.android.manufacturer", "make")
_MODEL_TAGS = ("com.apple.quicktime.model", "com.android.model", "model")
_FOCAL_TAG = "com.apple.quicktime.camera.focal_length.35mm_equivalent"

# From the widest lens of a phone to the longest, 35 mm equivalent.
_FOCAL_RANGE_MM = (10.0, 200.0)
_MAX_MODEL_LENGTH = 100


def read_camera(*tags: Mapping[str, str]) -> WrittenCamera:
    """Return what the tags of container and stream say; the first that tell something count."""
    told = {name.lower(): value for group in reversed(tags) for name, value in group.items()}
    make = next((told[name] for name in _MAKE_TAGS if told.get(name)), "")
    model = next((told[name] for name in _MODEL_TAGS if told.get(name)), "")
    named = model if model.lower().startswith(make.lower()) else f"{make} {model}"
    return check_camera(phone_model=named if model else None, equivalent_focal_mm=told.get(_FOCAL_TAG))


def check_camera(*, phone_model: object, equivalent_focal_mm: object) -> WrittenCamera:
    """Return the values as far as they are plausible; what is not is None."""
    model = "".join(c for c in phone_model if c.isprintable()) if isinstance(phone_model, str) else ""
    return WrittenCamera(
        phone_model=" ".join(model.split())[:_MAX_MODEL_LENGTH] or None,
        equivalent_focal_mm=_plausible_focal(equivalent_focal_mm),
    )


def _plausible_focal(value: object) -> float | None:
    if not isinstance(value, str | int | float):
        return None
    try:
        focal_mm = float(value)
    except (ValueError, OverflowError):
        return None
    return focal_mm if _FOCAL_RANGE_MM[0] <= focal_mm <= _FOCAL_RANGE_MM[1] else None
