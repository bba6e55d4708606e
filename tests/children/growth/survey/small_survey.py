"""Twelve children under a design with every difficulty, small enough to be worked by hand."""

from __future__ import annotations

import numpy as np

from children.growth.columns import Columns, position_codes
from children.growth.survey import PrevalenceTable, Survey, survey_of
from children.growth.types import Standard

WEIGHTS = (1.0, 2.0, 1.5, np.nan, 1.0, 0.0, 2.5, 1.0, 3.0, 1.0, 1.0, 2.0)
CLUSTERS = (1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6)
STRATA = (1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4)  # 3 and 4 have one cluster each
HAZ = (-1.99, -2.76, -2.83, -0.34, -3.27, -2.27, -0.83, -2.32, -2.17, 0.63, -2.01, -2.19)
WHZ = (-1.28, -1.49, -0.85, 0.53, None, 0.16, -2.86, 0.93, -2.00, -0.01, -0.07, -1.27)  # the fifth has oedema
MUAC_MM = (118.0, 121.0, 130.0, 142.0, 135.0, 140.0, 112.0, 150.0, 124.0, 145.0, 141.0, 130.0)


def small_columns(**changes: object) -> Columns:
    """Return the measurements, with some columns changed."""
    measured: dict[str, object] = {
        "sex": [1, 2] * 6,
        "age_days": [100.0, 300.0, 400.0, 500.0, 650.0, 800.0, 900.0, 1000.0, 1200.0, 1400.0, 1500.0, 1700.0],
        "position": position_codes(["l"] * 5 + ["h"] * 7),
        "oedema": [k == 4 for k in range(12)],
        "weight_kg": [4.9, 6.1, 7.9, 10.2, 9.1, 10.4, 10.1, 12.2, 11.0, 16.5, 14.1, 12.9],
        "length_height_cm": [58.1, 64.5, 70.2, 78.1, 76.0, 80.1, 88.8, 84.3, 89.9, 104.2, 95.5, 97.1],
        "muac_mm": list(MUAC_MM),
    }
    return Columns.of(**{**measured, **changes})  # type: ignore[arg-type]


def small_survey(columns: Columns | None = None, **design: object) -> Survey:
    """Return the survey under a design, plain by default."""
    measured = small_columns() if columns is None else columns
    return survey_of(measured, standard=Standard.WHO2006, **design)  # type: ignore[arg-type]


def cells(table: PrevalenceTable, group: str, *columns: str) -> list[str | float | None]:
    """Return some cells of a group."""
    return [table.value(group, column) for column in columns]
