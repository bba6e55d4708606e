"""Sessions that come as feature rows: every feature is a column of the table of sessions."""

from __future__ import annotations

import numpy as np

from ml_models.features import feature_names
from ml_models.research.cells import Cells, Limits
from ml_models.research.errors import Problem
from ml_models.research.sessions import SCALE_COLUMNS, ResearchSession, read_scale
from ml_models.research.tables import Table
from ml_models.types import SessionFeatures

#: cm, square roots of areas, and shares: no feature of a child in front of a camera is beyond.
FEATURE_LIMITS = Limits(-2000, 2000, "")


def columns() -> tuple[str, ...]:
    """Return the columns that this kind needs besides those of every session."""
    return (*SCALE_COLUMNS, *feature_names())


def session_features_of(table: Table, session: ResearchSession, problems: list[Problem]) -> SessionFeatures | None:
    """Return the features of one row; None, with `problems` told, where they are at fault."""
    cells = Cells(table, session.row, problems)
    scale = read_scale(table, session, problems)
    values = [cells.optional_number(name, FEATURE_LIMITS) for name in feature_names()]
    if not cells.faulty and all(value is None for value in values):
        cells.fault(None, "no_features", "not one feature is given.")
    if cells.faulty or scale is None:
        return None
    cue, relative_sd = scale
    return SessionFeatures(
        names=feature_names(),
        values=np.array([np.nan if value is None else value for value in values], dtype=np.float32),
        subject=session.subject,
        is_lying=session.is_lying,
        cue=cue,
        scale_relative_sd=relative_sd,
    )
