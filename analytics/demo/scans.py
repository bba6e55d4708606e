"""The demo's two sample scan sessions: filmed today, submitted like any other, measured by the real gpu worker."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.core.files.base import ContentFile

from accounts.models import User
from analytics.demo.identity import demo_uuid
from cgm_portal.errors import DomainError
from children.models import Child
from scans.models import ScanSession
from scans.services import attach_video, start_session, submit_session

DATA = Path(__file__).parent / "data"
_SESSIONS = DATA / "sessions.csv"
_FACTS = (
    "focal_length_px",
    "camera_distance_cm",
    "camera_height_cm",
    "camera_tilt_deg",
    "camera_roll_deg",
    "marker_size_mm",
)


@dataclass(frozen=True)
class SampleSession:
    """One row of `data/sessions.csv`: who was filmed, the films by scan type, and the capture facts."""

    sex: str
    age_days: int
    films: dict[str, Path]
    facts: dict[str, object]


def read_samples() -> dict[str, SampleSession]:
    """Return the sample sessions by their id; raises DomainError("demo_data_damaged") as `verified` does."""
    verified(_SESSIONS)
    with _SESSIONS.open(encoding="utf-8", newline="") as table:
        return {row["session_id"]: _sample(row) for row in csv.DictReader(table)}


def submit_sample(sample_id: str, sample: SampleSession, *, child: Child, started_by: User, seed: int) -> ScanSession:
    """Open, fill and submit a session with the films of `sample`; they are announced after the commit."""
    session = start_session(
        child=child, started_by=started_by, facts=sample.facts, session_id=demo_uuid(seed, "session", sample_id)
    )
    for scan_type, film in sample.films.items():
        upload = ContentFile(film.read_bytes(), name=film.name)
        attach_video(session=session, scan_type=scan_type, upload=upload, sha256=verified(film))
    return submit_session(session=session)


def verified(path: Path) -> str:
    """Return the hex SHA-256 that `data/manifest.sha256` names for the file.

    Raises DomainError("demo_data_damaged") when the file is another one.
    """
    lines = (DATA / "manifest.sha256").read_text(encoding="utf-8").splitlines()
    expected = {name: digest for digest, name in (line.split() for line in lines)}[path.name]
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise DomainError("demo_data_damaged", f"{path} differs from its manifest. Get the file from the repository.")
    return expected


def _sample(row: dict[str, str]) -> SampleSession:
    facts: dict[str, object] = {name: Decimal(row[name]) for name in _FACTS}
    facts |= {"marker_used": True, "marker_id": int(row["marker_id"])}
    films = dict(film.split(":", 1) for film in row["films"].split(";"))
    return SampleSession(
        sex=row["sex"],
        age_days=int(row["age_days"]),
        films={scan_type: DATA / name for scan_type, name in films.items()},
        facts=facts,
    )
