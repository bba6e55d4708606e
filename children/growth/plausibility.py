"""WHO's limits beyond which a z-score says "check the measurement".

Source: WHO Anthro; WHO/UNICEF, Recommendations for data collection, analysis and reporting on anthropometric
indicators (2019). Limits are strict and act on the rounded z.
Limits of a record are in `validation.py`; what a child can have, by its own earlier visits, in `own_curve/`.
"""

from __future__ import annotations

from children.growth.types import Flag, Index

# A z below the first or above the second is flagged. It is still returned, and used in no class.
FLAG_LIMITS: dict[Index, tuple[float, float]] = {
    Index.HAZ: (-6.0, 6.0),
    Index.WAZ: (-6.0, 5.0),
    Index.WHZ: (-5.0, 5.0),
    Index.BAZ: (-5.0, 5.0),
    Index.HCZ: (-5.0, 5.0),
    Index.ACZ: (-5.0, 5.0),
    Index.TSZ: (-5.0, 5.0),
    Index.SSZ: (-5.0, 5.0),
}

FLAG_OF_INDEX: dict[Index, Flag] = {index: Flag(index.value) for index in Index}
