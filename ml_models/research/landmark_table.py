"""Sessions that come as landmarks: one row a frame in landmarks.csv, camera and scale in the table of sessions."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from ml_models.features import session_features
from ml_models.intrinsics import FOCAL_SD_FROM_PHONE
from ml_models.research.cells import Cells, Limits
from ml_models.research.errors import Problem
from ml_models.research.sessions import SCALE_COLUMNS, ResearchSession, read_scale
from ml_models.research.tables import Row, Table
from ml_models.types import (
    OUTLINE_LEVELS,
    CameraIntrinsics,
    CaptureFacts,
    PoseSequence,
    ScaleCue,
    ScaleEstimate,
    ScanType,
    SessionFeatures,
    ViewObservation,
)

LANDMARKS = "landmarks"
POINTS = 33
CAMERA = ("width", "height", "fx")
REQUIRED_OF_SESSION = (*CAMERA, *SCALE_COLUMNS)
OPTIONAL_OF_SESSION = ("fy", "cx", "cy", "camera_height_cm", "camera_tilt_deg", "depth_cm")
POINT_COLUMNS = tuple(f"{axis}_{index}" for index in range(POINTS) for axis in ("x", "y", "visibility"))
END_COLUMNS = ("crown_x", "crown_y", "soles_x", "soles_y")
OUTLINE_COLUMNS = tuple(f"{part}_{level}" for level in range(OUTLINE_LEVELS) for part in ("whole", "part"))
REQUIRED_OF_FRAME = ("session_id", "scan_type", "frame", *POINT_COLUMNS)
OPTIONAL_OF_FRAME = (*END_COLUMNS, *OUTLINE_COLUMNS)

PIXELS = Limits(100, 20000, "px")
CENTRE = Limits(0, 20000, "px")
#: Points may lie outside the picture by as much as it is large.
IN_PICTURE = Limits(-1, 2, "of the picture")
VISIBILITY = Limits(0, 1, "")
WIDTH = Limits(0, 3, "of the distance from crown to soles")
TILT = Limits(-90, 90, "degrees")
CAMERA_HEIGHT = Limits(0, 400, "cm")
DEPTH = Limits(20, 1500, "cm")
FRAME = Limits(0, 100000, "")
SCAN_TYPES = {kind.value: kind for kind in ScanType}
BACKEND = "research data set"

Frames = dict[tuple[str, ScanType], list[Row]]


def frames_by_film(table: Table, session_ids: set[str], problems: list[Problem]) -> Frames:
    """Return the rows of every film in order of their frames; those of no session are faults."""
    found: dict[tuple[str, ScanType], dict[int, Row]] = defaultdict(dict)
    for row in table.rows:
        cells = Cells(table, row, problems)
        session_id, kind, number = cells.text("session_id"), cells.word("scan_type", SCAN_TYPES), cells.whole(
            "frame", FRAME
        )  # fmt: skip
        if cells.faulty or session_id is None or kind is None or number is None:
            continue
        film = found[session_id, SCAN_TYPES[kind]]
        if session_id not in session_ids:
            cells.fault("session_id", "session_unknown", f"{session_id!r} is not in the table of sessions.")
        elif number in film:
            cells.fault("frame", "frame_twice", f"frame {number} stands in line {film[number].line}, too.")
        else:
            film[number] = row
    return {film: [rows[number] for number in sorted(rows)] for film, rows in found.items() if rows}


def session_features_of(
    sessions: Table, session: ResearchSession, landmarks: Table, frames: Frames, problems: list[Problem]
) -> SessionFeatures | None:
    """Return the features of one session; None, with `problems` told, where something is at fault."""
    cells = Cells(sessions, session.row, problems)
    width, height = cells.whole("width", PIXELS), cells.whole("height", PIXELS)
    fx, fy = cells.number("fx", PIXELS), cells.optional_number("fy", PIXELS)
    cx, cy = cells.optional_number("cx", CENTRE), cells.optional_number("cy", CENTRE)
    tilt_deg = cells.optional_number("camera_tilt_deg", TILT)
    camera_height_cm = cells.optional_number("camera_height_cm", CAMERA_HEIGHT)
    scale = _scale(sessions, session, cells, problems)
    films = {kind: rows for (session_id, kind), rows in frames.items() if session_id == session.session_id}
    if not films:
        cells.fault("session_id", "landmarks_missing", f"{landmarks.file} has no frame of this session.")
    if any(kind.is_lying != session.is_lying for kind in films):
        cells.fault("position", "position_differs", f"{landmarks.file} shows the child in the other position.")
    poses = {kind: _pose(landmarks, rows, problems) for kind, rows in films.items()}
    if cells.faulty or scale is None or width is None or height is None or fx is None:
        return None
    lens = CameraIntrinsics(
        fx=fx,
        fy=fx if fy is None else fy,
        cx=(width - 1) / 2 if cx is None else cx,
        cy=(height - 1) / 2 if cy is None else cy,
        focal_relative_sd=FOCAL_SD_FROM_PHONE,
    )
    views = [
        ViewObservation(
            facts=CaptureFacts(scan_type=kind, camera_tilt_deg=tilt_deg, camera_height_cm=camera_height_cm),
            intrinsics=lens,
            frame_size=(width, height),
            pose=pose,
            scale=scale,
        )
        for kind, pose in poses.items()
    ]
    return session_features(views, session.subject)


def _scale(table: Table, session: ResearchSession, cells: Cells, problems: list[Problem]) -> ScaleEstimate | None:
    told = read_scale(table, session, problems)
    if told is None:
        return None
    cue, relative_sd = told
    if cue is ScaleCue.NONE:
        return ScaleEstimate(cue=cue, depth_cm=None, relative_sd=None)
    depth_cm = cells.number("depth_cm", DEPTH)
    return None if depth_cm is None else ScaleEstimate(cue=cue, depth_cm=depth_cm, relative_sd=relative_sd)


def _pose(table: Table, rows: list[Row], problems: list[Problem]) -> PoseSequence:
    frames = len(rows)
    landmarks = np.full((frames, POINTS, 4), np.nan, dtype=np.float32)
    ends = np.full((frames, 2, 2), np.nan, dtype=np.float32)  # crown, soles
    outline = np.full((frames, OUTLINE_LEVELS, 2), np.nan, dtype=np.float32)
    for index, row in enumerate(rows):
        cells = Cells(table, row, problems)
        numbers = [
            cells.optional_number(name, VISIBILITY if name.startswith("visibility") else IN_PICTURE)
            for name in POINT_COLUMNS
        ]
        points = _array(numbers).reshape(POINTS, 3)
        landmarks[index, :, :2], landmarks[index, :, 3] = points[:, :2], np.nan_to_num(points[:, 2], nan=0.0)
        ends[index] = _array([cells.optional_number(name, IN_PICTURE) for name in END_COLUMNS]).reshape(2, 2)
        widths = _array([cells.optional_number(name, WIDTH) for name in OUTLINE_COLUMNS])
        outline[index] = widths.reshape(OUTLINE_LEVELS, 2)
    return PoseSequence(
        landmarks=landmarks,
        detected=np.asarray(~np.isnan(landmarks[..., :2]).all(axis=(1, 2))),
        crown=ends[:, 0],
        soles=ends[:, 1],
        backend=BACKEND,
        outline=None if np.isnan(outline).all() else outline,
    )


def _array(numbers: list[float | None]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array([np.nan if number is None else number for number in numbers], dtype=np.float32)
