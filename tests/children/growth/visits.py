"""Makes visits of children who have wanted z-scores."""

from __future__ import annotations

from dataclasses import replace

from children.growth import (
    GrowthInput,
    Index,
    InputSpreads,
    NormalSpread,
    Position,
    Sex,
    Source,
    measurement_at_z,
)
from children.growth.age import FIRST_HEIGHT_DAY


def visit(
    *,
    age_days: int = 540,
    sex: Sex = Sex.FEMALE,
    haz: float = 0.0,
    whz: float | None = 0.0,
    **changed: object,
) -> GrowthInput:
    """Return a manual visit with exactly these HAZ and WHZ, MUAC 140 mm and no oedema; any field may be changed."""
    position = Position.LENGTH if age_days < FIRST_HEIGHT_DAY else Position.HEIGHT
    length = float(measurement_at_z(Index.HAZ, sex=sex, at=age_days, z=haz)[0])
    weight = None
    if whz is not None:
        weight = float(measurement_at_z(Index.WHZ, sex=sex, at=length, z=whz, position=position)[0])
    made = GrowthInput(
        sex=sex,
        age_days=age_days,
        weight_kg=weight,
        length_height_cm=length,
        position=position,
        muac_mm=140.0,
        oedema=False,
    )
    return replace(made, **changed)


def scan(*, sd_cm: float = 1.5, age_days: int = 540, **changed: object) -> GrowthInput:
    """Return a scan's visit: length with its standard deviation, no MUAC; a borrowed weight unless whz=None."""
    settled: dict[str, object] = {
        "muac_mm": None,
        "oedema": None,
        "source": Source.SCAN,
        "spreads": InputSpreads(length_height_cm=NormalSpread(sd_cm)),
    }
    return visit(age_days=age_days, **(settled | changed))  # type: ignore[arg-type]
