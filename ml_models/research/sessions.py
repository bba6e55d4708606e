"""The table of sessions of a research data set: whose, how old, and what was measured by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml_models.research.cells import Cells, Limits
from ml_models.research.errors import Problem
from ml_models.research.tables import Row, Table
from ml_models.research.training_set import POSTURES, TRUTH_COLUMNS
from ml_models.types import ScaleCue, Subject

SESSIONS = "sessions"
REQUIRED = ("session_id", "child_id", "sex", "age_days", "position")
OPTIONAL = (*TRUTH_COLUMNS, "hours_apart")
SCALE_COLUMNS = ("scale_cue", "scale_relative_sd")
SEXES = {"M": "boy", "F": "girl"}
#: The models' ages: birth to five years.
AGE_DAYS = Limits(0, 1826, "days")
#: Beyond what any child of these ages measures: a value outside is in another unit, or mistyped.
TRUTH_LIMITS: Mapping[str, Limits] = {
    "height_cm": Limits(30, 140, "cm"),
    "weight_kg": Limits(0.5, 45, "kg"),
    "muac_mm": Limits(50, 300, "mm"),
    "head_circumference_cm": Limits(20, 65, "cm"),
}
HOURS_APART = Limits(0, 24, "hours")
SCALE_RELATIVE_SD = Limits(0.0001, 0.5, "of the distance")
CUES = {cue.value: cue for cue in ScaleCue}


@dataclass(frozen=True)
class ResearchSession:
    """One row as told, `row` with its further cells."""

    session_id: str
    child_id: str
    subject: Subject
    is_lying: bool
    truth: Mapping[str, float]
    hours_apart: float | None
    row: Row


def read_sessions(table: Table, problems: list[Problem]) -> list[ResearchSession]:
    """Return the faultless sessions; the faults of the others go to `problems`."""
    lines: dict[str, int] = {}
    sexes: dict[str, tuple[str, int]] = {}
    return [
        session
        for session in _sessions(table, problems)
        if _is_once(table, session, lines, problems) and _has_one_sex(table, session, sexes, problems)
    ]


def _sessions(table: Table, problems: list[Problem]) -> Iterator[ResearchSession]:
    for row in table.rows:
        cells = Cells(table, row, problems)
        session_id, child_id = cells.text("session_id"), cells.text("child_id")
        sex, age_days = cells.word("sex", SEXES), cells.whole("age_days", AGE_DAYS)
        position = cells.word("position", POSTURES)
        values = {name: cells.optional_number(name, TRUTH_LIMITS[name]) for name in TRUTH_COLUMNS}
        truth = {name: value for name, value in values.items() if value is not None}
        hours_apart = cells.optional_number("hours_apart", HOURS_APART)
        if not truth and not cells.faulty:
            cells.fault(None, "nothing_measured", f"none of {', '.join(TRUTH_COLUMNS)} is given.")
        if cells.faulty:
            continue
        assert session_id
        assert child_id
        assert sex
        assert age_days is not None
        assert position
        yield ResearchSession(
            session_id=session_id,
            child_id=child_id,
            subject=Subject(sex=sex, age_days=age_days),
            is_lying=POSTURES[position],
            truth=truth,
            hours_apart=hours_apart,
            row=row,
        )


def read_scale(table: Table, session: ResearchSession, problems: list[Problem]) -> tuple[ScaleCue, float | None] | None:
    """Return scale cue and relative SD of a session, None where they are at fault; without a cue there is no SD."""
    cells = Cells(table, session.row, problems)
    cue = cells.word("scale_cue", CUES)
    if cue is None:
        return None
    if CUES[cue] is ScaleCue.NONE:
        return ScaleCue.NONE, None
    relative_sd = cells.number("scale_relative_sd", SCALE_RELATIVE_SD)
    return None if relative_sd is None else (CUES[cue], relative_sd)


def numbered(ids: Sequence[str], prefix: str) -> dict[str, str]:
    """Return a running number for each id, in order of appearance: nothing of the data set's own ids is kept."""
    return {name: f"{prefix}{number:06d}" for number, name in enumerate(dict.fromkeys(ids), start=1)}


def _is_once(table: Table, session: ResearchSession, lines: dict[str, int], problems: list[Problem]) -> bool:
    first = lines.setdefault(session.session_id, session.row.line)
    if first == session.row.line:
        return True
    message = f"{session.session_id!r} stands in line {first}, too."
    problems.append(Problem(table.file, session.row.line, "session_id", "session_twice", message))
    return False


def _has_one_sex(
    table: Table, session: ResearchSession, sexes: dict[str, tuple[str, int]], problems: list[Problem]
) -> bool:
    sex, line = sexes.setdefault(session.child_id, (session.subject.sex, session.row.line))
    if sex == session.subject.sex:
        return True
    message = f"the child {session.child_id!r} has sex {sex} in line {line}."
    problems.append(Problem(table.file, session.row.line, "sex", "sex_differs", message))
    return False
