"""Reads a table of scan sessions: what was told of each, and its truth where the table has it.

A table whose structure is broken ends the run (`TableError` names row and column). A cell that cannot be understood
makes its own session unusable, nothing else: `SessionRow.problem` says which cell. Columns may stand in any order, and
columns that nobody knows are left alone. Opens no film.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeVar

from ml_models.measuring import Film, ToldCamera
from ml_models.types import CaptureFacts, MarkerSheet, ScanType, Subject

REQUIRED = ("session_id", "sex", "age_days", "files")
#: Truth in the units of their names; `height_cm` is recumbent length where the child lay.
TRUTH_QUANTITIES = ("height_cm", "weight_kg", "muac_mm", "head_circumference_cm")
#: Known only to whoever drew the child.
_DRAWN = ("true_fx", "true_distance_cm")
_SEXES = {"m": "M", "male": "M", "f": "F", "female": "F"}
_POSITIONS = {"standing": False, "lying": True}
# How tables write that there is nothing.
_EMPTY = {"", "na", "n/a", "nan", "none", "null", "-"}
_UTF8_WITH_OR_WITHOUT_BOM = "utf-8-sig"

Word = TypeVar("Word")


class TableError(Exception):
    """A table that cannot be read; the sentence names row and column."""


class CellError(Exception):
    """A cell that cannot be understood; the sentence names its column."""


@dataclass(frozen=True)
class Truth:
    """What is known of a session besides what was told; None where the table is silent.

    `values`: by TRUTH_QUANTITIES. `skin_tone`: 0 (light) to 5 (dark). `marker_mismatch_cm`: marker plane minus body
    plane. `expected_reason`: why the session must be refused; None for one that must be measured.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    skin_tone: int | None = None
    marker_mismatch_cm: float | None = None
    expected_reason: str | None = None


@dataclass(frozen=True)
class SessionRow:
    """One row: what to measure (`subject`, `films`), unless `problem` says why that cannot be understood.

    `remark`: what of its truth cannot be understood; such a session is measured and compared with nothing.
    """

    session_id: str
    line: int
    subject: Subject | None
    films: tuple[Film, ...]
    is_lying: bool | None
    truth: Truth
    problem: str | None = None
    remark: str | None = None


@dataclass(frozen=True)
class SessionTable:
    """All sessions of a table. `has_truth`: something to compare with is known. `drawn`: the children are rendered."""

    rows: tuple[SessionRow, ...]
    has_truth: bool
    drawn: bool


def read_sessions(path: Path, videos: Path) -> SessionTable:
    """Read the table at `path`, whose films lie in `videos`. Raises TableError."""
    header, lines = _read_cells(path)
    rows = tuple(_session(number, dict(zip(header, cells, strict=True)), videos) for number, cells in lines)
    _require_unique(rows)
    truth = any(row.truth.values or row.truth.expected_reason for row in rows)
    drawn = any(cells[header.index(name)].strip() for name in _DRAWN if name in header for _number, cells in lines)
    return SessionTable(rows=rows, has_truth=truth, drawn=drawn)


def _read_cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and the filled rows with the number of the line on which each ends."""
    try:
        with path.open(encoding=_UTF8_WITH_OR_WITHOUT_BOM, newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except OSError as error:
        raise TableError(f"{path} cannot be opened: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{path} is not UTF-8 text (byte {error.start}). Save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise TableError(f"{path} line {reader.line_num} is not CSV: {error}.") from error
    if not header:
        raise TableError(f"{path} is empty. Its first line names the columns.")
    for name in header:
        if name and header.count(name) > 1:
            raise TableError(f"{path} has the column {name} {header.count(name)} times. Keep one.")
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise TableError(
            f"{path} has no column {', '.join(missing)}. Needed, parted by commas: {', '.join(REQUIRED)}; "
            f"found: {', '.join(header)}."
        )
    if not lines:
        raise TableError(f"{path} has a header and no row.")
    return header, [(number, _fitted(path, number, cells, header)) for number, cells in lines]


def _fitted(path: Path, number: int, cells: list[str], header: list[str]) -> list[str]:
    """Return one cell for each column; spreadsheets leave empty cells at the end of a row away, or add some."""
    if any(cell.strip() for cell in cells[len(header) :]):
        raise TableError(
            f"{path} line {number} has {len(cells)} cells for {len(header)} columns: "
            f"what stands after column {header[-1]} belongs to none."
        )
    return (cells + [""] * len(header))[: len(header)]


def _require_unique(rows: tuple[SessionRow, ...]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        if not row.session_id:
            raise TableError(f"Line {row.line}, column session_id: empty. Every session needs a name.")
        if row.session_id in seen:
            raise TableError(
                f"Line {row.line}, column session_id: {row.session_id} stands in line {seen[row.session_id]}, too."
            )
        seen[row.session_id] = row.line


def _session(line: int, cells: Mapping[str, str], videos: Path) -> SessionRow:
    subject: Subject | None = None
    films: tuple[Film, ...] = ()
    problem: str | None = None
    try:
        subject = Subject(sex=_choice(cells, "sex", _SEXES), age_days=_age_days(cells))
        films = _films(cells, videos)
        # A position that nobody knows is a mistake, though the films say how the child was filmed.
        if _text(cells, "position"):
            _choice(cells, "position", _POSITIONS)
    except CellError as error:
        problem = f"Line {line}, {error}"
    truth, remark = _truth(line, cells)
    return SessionRow(
        session_id=cells["session_id"].strip(),
        line=line,
        subject=subject,
        films=films,
        is_lying=_is_lying(cells, films),
        truth=truth,
        problem=problem,
        remark=remark,
    )


def _is_lying(cells: Mapping[str, str], films: tuple[Film, ...]) -> bool | None:
    told = _POSITIONS.get((_text(cells, "position") or "").lower())
    if told is not None:
        return told
    postures = {film.facts.scan_type.is_lying for film in films}
    return postures.pop() if len(postures) == 1 else None


def _age_days(cells: Mapping[str, str]) -> int:
    age_days = _number(cells, "age_days")
    if age_days is None or age_days < 0:
        raise CellError(f"column age_days: {_shown(cells, 'age_days')} is no age in days.")
    return math.floor(age_days)


def _films(cells: Mapping[str, str], videos: Path) -> tuple[Film, ...]:
    camera, films = _camera(cells), {}
    for part in filter(None, (part.strip() for part in cells["files"].split(";"))):
        kind, _colon, name = (piece.strip() for piece in part.partition(":"))
        if kind not in set(ScanType) or not name:
            raise CellError(f"column files: {part!r} is not scan_type:file with one of {', '.join(ScanType)}.")
        if kind in films:
            raise CellError(f"column files: {kind} stands twice. A session has one film of each scan type.")
        inside = PurePosixPath(name)
        if inside.is_absolute() or ".." in inside.parts or "\0" in name:
            raise CellError(f"column files: {name!r} lies outside the folder of films.")
        films[kind] = Film(path=videos / inside, facts=_facts(cells, ScanType(kind)), camera=camera)
    if not films:
        raise CellError("column files: empty. Name at least one film.")
    return tuple(films.values())


def _facts(cells: Mapping[str, str], scan_type: ScanType) -> CaptureFacts:
    marker_id = _number(cells, "marker_id")
    if marker_id is not None and (marker_id < 0 or marker_id != int(marker_id)):
        raise CellError(f"column marker_id: {_shown(cells, 'marker_id')} is no marker's number.")
    sheet = _text(cells, "marker_sheet")
    if sheet is not None and sheet.lower() not in set(MarkerSheet):
        raise CellError(f"column marker_sheet: {sheet!r} is not one of {', '.join(MarkerSheet)}.")
    return CaptureFacts(
        scan_type=scan_type,
        distance_cm=_positive(cells, "measured_distance_cm"),
        camera_height_cm=_number(cells, "camera_height_cm"),
        camera_tilt_deg=_number(cells, "camera_tilt_deg"),
        camera_roll_deg=_number(cells, "camera_roll_deg"),
        focal_length_px=_positive(cells, "fx"),
        phone_model=_text(cells, "phone_model"),
        marker_id=None if marker_id is None else int(marker_id),
        marker_size_mm=_positive(cells, "marker_size_mm"),
        marker_sheet=None if sheet is None else MarkerSheet(sheet.lower()),
    )


def _camera(cells: Mapping[str, str]) -> ToldCamera | None:
    """Return the told camera; None unless focal length and picture size are told. The middle stands in for cx, cy."""
    fx, width, height = _positive(cells, "fx"), _positive(cells, "width"), _positive(cells, "height")
    if fx is None or width is None or height is None:
        return None
    fy, cx, cy = _positive(cells, "fy"), _number(cells, "cx"), _number(cells, "cy")
    return ToldCamera(
        fx=fx,
        fy=fx if fy is None else fy,
        cx=(width - 1) / 2 if cx is None else cx,
        cy=(height - 1) / 2 if cy is None else cy,
        width=round(width),
        height=round(height),
    )


def _truth(line: int, cells: Mapping[str, str]) -> tuple[Truth, str | None]:
    try:
        values = {name: _positive(cells, name) for name in TRUTH_QUANTITIES}
        skin_tone = _number(cells, "skin_tone")
        return Truth(
            values={name: value for name, value in values.items() if value is not None},
            skin_tone=None if skin_tone is None else round(skin_tone),
            marker_mismatch_cm=_number(cells, "marker_depth_mismatch_cm"),
            expected_reason=_text(cells, "expected_reason"),
        ), None
    except CellError as error:
        return Truth(), f"Line {line}, {error}"


def _choice(cells: Mapping[str, str], name: str, words: Mapping[str, Word]) -> Word:
    word = (_text(cells, name) or "").lower()
    if word not in words:
        raise CellError(f"column {name}: {_shown(cells, name)} is not one of {', '.join(words)}.")
    return words[word]


def _text(cells: Mapping[str, str], name: str) -> str | None:
    text = cells.get(name, "").strip()
    return None if text.lower() in _EMPTY else text


def _number(cells: Mapping[str, str], name: str) -> float | None:
    text = _text(cells, name)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CellError(f"column {name}: {text!r} is not a number.")
    return number


def _positive(cells: Mapping[str, str], name: str) -> float | None:
    number = _number(cells, name)
    if number is not None and number <= 0:
        raise CellError(f"column {name}: {_shown(cells, name)} is not above 0.")
    return number


def _shown(cells: Mapping[str, str], name: str) -> str:
    return repr(cells.get(name, ""))
