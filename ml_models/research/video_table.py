"""Sessions that come as films: measured by the portal's own path, up to the features.

The columns that tell of the films are those of `python -m ml_models.evaluate`.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ml_models.evaluation.sessions_file import SessionRow, TableError
from ml_models.evaluation.sessions_file import read_sessions as read_film_table
from ml_models.measuring import UnusableError, measure_session
from ml_models.pose import PoseEstimator
from ml_models.research.errors import Problem, ResearchDataError
from ml_models.research.sessions import ResearchSession
from ml_models.research.tables import Table
from ml_models.types import AnthropometryEstimate, SessionFeatures
from ml_models.video import VideoLimits

VIDEOS = "videos"
REQUIRED = ("files",)
OPTIONAL = (
    "fx",
    "fy",
    "cx",
    "cy",
    "width",
    "height",
    "fps",
    "measured_distance_cm",
    "camera_height_cm",
    "camera_tilt_deg",
    "camera_roll_deg",
    "phone_model",
    "marker_id",
    "marker_size_mm",
    "marker_sheet",
)


class NoModel:
    """Stands where a model is asked: the features are wanted, no estimate."""

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return an estimate without values."""
        return AnthropometryEstimate(None, None, None, None, features.cue, None, "none")


def films_of(table: Table, videos: Path, problems: list[Problem]) -> Mapping[str, SessionRow]:
    """Return what is told of the films of every session, by its id; faults go to `problems`.

    Raises ResearchDataError("films_unreadable") where the table of films is broken as a whole.
    """
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "sessions.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, table.columns)
            writer.writeheader()
            writer.writerows(dict(row.cells) for row in table.rows)
        try:
            rows = read_film_table(path, videos).rows
        except TableError as error:
            raise ResearchDataError("films_unreadable", str(error).replace(str(path), table.file)) from error
    line_of = {row.cells["session_id"]: row.line for row in table.rows}
    for row in rows:
        line = line_of[row.session_id]
        if row.problem is not None:
            problems.append(Problem(table.file, line, None, "film_facts", row.problem))
        for film in row.films:
            if not film.path.is_file():
                message = f"{film.path.name} is not in {videos}."
                problems.append(Problem(table.file, line, "files", "film_missing", message))
    return {row.session_id: row for row in rows}


def session_features_of(
    session: ResearchSession, films: SessionRow, pose_estimator: PoseEstimator
) -> SessionFeatures | str:
    """Measure the films of one session; returns its features, or the reason why its films cannot be measured."""
    try:
        answer = measure_session(
            films.films, session.subject, pose_estimator=pose_estimator, model=NoModel(), limits=VideoLimits()
        )
    except UnusableError as unusable:
        return unusable.reason.value
    if answer.features.is_lying != session.is_lying:
        return "position_differs"
    return replace(answer.features, subject=session.subject)
