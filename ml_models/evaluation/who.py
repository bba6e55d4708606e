"""z-scores by the WHO standards for evaluations, from `children.growth`: the one arrow from `ml_models` to it.

Vectorised over sessions; missing is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from children.growth import Columns, Index, compute_zscores, measurement_at_z
from children.growth.age import FIRST_HEIGHT_DAY
from children.growth.columns import BOY_CODE, GIRL_CODE, HEIGHT_CODE, LENGTH_CODE
from children.growth.position import LENGTH_MINUS_HEIGHT_CM

# Index with them: what else needs z-scores below `ml_models` reads them here, not from the portal's package.
__all__ = ["INDEX_FOR_AGE", "ZSCORES", "Index", "value_for_age", "zscores"]

FloatArray = NDArray[np.float64]

ZSCORES = (Index.HAZ, Index.WAZ, Index.WHZ, Index.ACZ)
#: The index that compares one quantity with children of the same age and sex.
INDEX_FOR_AGE: Mapping[str, Index] = MappingProxyType(
    {"height_cm": Index.HAZ, "weight_kg": Index.WAZ, "muac_mm": Index.ACZ, "head_circumference_cm": Index.HCZ}
)


def zscores(
    *, sex: list[str], age_days: FloatArray, is_lying: NDArray[np.bool_], values: Mapping[str, FloatArray]
) -> dict[Index, FloatArray]:
    """Return unrounded z-scores of every index that the values give, each shape (n,). `values` by quantity's name."""
    columns = Columns.of(
        sex=_codes(sex),
        age_days=age_days,
        position=np.where(is_lying, LENGTH_CODE, HEIGHT_CODE).astype(np.int8),
        weight_kg=values["weight_kg"],
        length_height_cm=values["height_cm"],
        head_circumference_cm=values["head_circumference_cm"],
        muac_mm=values["muac_mm"],
    )
    table = compute_zscores(columns)
    return dict(zip(table.indices, table.raw, strict=True))


def value_for_age(
    name: str, z: float, *, sex: list[str], age_days: FloatArray, is_lying: NDArray[np.bool_]
) -> FloatArray:
    """Return the quantity that children of these ages and sexes have at one `z`, shape (n,), as they were measured."""
    value = measurement_at_z(INDEX_FOR_AGE[name], sex=_codes(sex), at=age_days, z=z)
    if name != "height_cm":
        return value
    # The standard expects length below 24 months and height from then on; the child may have lain or stood otherwise.
    expects_length = age_days < FIRST_HEIGHT_DAY
    return value + LENGTH_MINUS_HEIGHT_CM * (is_lying.astype(np.float64) - expects_length)


def _codes(sex: list[str]) -> NDArray[np.int8]:
    return np.array([GIRL_CODE if one == "F" else BOY_CODE for one in sex], dtype=np.int8)
