"""How far a careful measurement by hand lies from the truth: the technical error of measurement (TEM), one SD.

The one place for it: own-curve checks, faltering and intervals all read it here.
"""

from __future__ import annotations

from dataclasses import dataclass

from children.growth.uncertainty.spread import InputSpreads, NormalSpread


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalError:
    """Standard deviation of one measurement by hand, in the unit of each name."""

    weight_kg: float = 0.05
    length_height_cm: float = 0.4
    muac_mm: float = 2.0
    head_circumference_cm: float = 0.2


# WHO's growth study accepted differences between two observers up to 0.1 kg, 0.7 cm, 5 mm of arm and 5 mm of head
# circumference (de Onis et al. 2004, Food and Nutrition Bulletin 25 suppl. 1, S27-S36), which is 2.77 TEM of 0.04 kg,
# 0.25 cm, 1.8 mm and 0.18 cm. A clinic is somewhat worse than that study: the values are rounded up, a judgement.
TECHNICAL_ERROR = TechnicalError()


def technical_spreads(error: TechnicalError = TECHNICAL_ERROR) -> InputSpreads:
    """Return the errors of a visit measured by hand, all normal; the age is taken as exact."""
    return InputSpreads(
        length_height_cm=NormalSpread(error.length_height_cm),
        weight_kg=NormalSpread(error.weight_kg),
        muac_mm=NormalSpread(error.muac_mm),
        head_circumference_cm=NormalSpread(error.head_circumference_cm),
    )
