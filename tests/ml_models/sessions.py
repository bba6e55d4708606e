"""The sample sessions of tests/data/videos, as the pipeline would meet them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from ml_models.intrinsics import intrinsics_for
from ml_models.pose import load_pose_estimator
from ml_models.pose.people import People, find_people
from ml_models.types import CameraIntrinsics, CaptureFacts, SampledFrames, ScanType, Subject
from ml_models.video import VideoLimits, sample_frames

FOLDER = Path(__file__).resolve().parent.parent / "data" / "videos"


@dataclass(frozen=True)
class Film:
    """One film of a sample session with its facts and truth."""

    path: Path
    facts: CaptureFacts
    subject: Subject
    row: dict[str, str]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def intrinsics(self) -> CameraIntrinsics:
        return intrinsics_for(self.facts, int(self.row["width"]), int(self.row["height"]))

    def truth(self, column: str) -> float:
        return float(self.row[column])


@cache
def films_of(kind: str) -> tuple[Film, ...]:
    """Return the films of the "good" or "bad" sessions."""
    with (FOLDER / f"{kind}_sessions.csv").open(newline="") as file:
        return tuple(
            Film(
                path=FOLDER / name,
                facts=_facts(row, ScanType(scan_type)),
                subject=Subject(sex=row["sex"], age_days=int(row["age_days"])),
                row=row,
            )
            for row in csv.DictReader(file)
            for scan_type, name in (entry.split(":") for entry in row["files"].split(";"))
        )


def _facts(row: dict[str, str], scan_type: ScanType) -> CaptureFacts:
    def number(column: str) -> float | None:
        return float(row[column]) if row[column] else None

    return CaptureFacts(
        scan_type=scan_type,
        distance_cm=number("measured_distance_cm"),
        camera_height_cm=number("camera_height_cm"),
        camera_tilt_deg=number("camera_tilt_deg"),
        camera_roll_deg=number("camera_roll_deg"),
        focal_length_px=number("fx"),
        marker_id=int(row["marker_id"]) if row["marker_id"] else None,
        marker_size_mm=number("marker_size_mm"),
    )


def film_named(name: str) -> Film:
    """Return the sample film with the file name `name`, without its ending."""
    return next(film for kind in ("good", "bad") for film in films_of(kind) if film.name == name)


@lru_cache(maxsize=2)  # 33 MB each
def frames_of(name: str) -> SampledFrames:
    """Return the sampled frames of a sample film."""
    return sample_frames(film_named(name).path, limits=VideoLimits())


@cache
def people_of(name: str) -> People:
    """Return who is found in a sample film; kept, because several specifications ask."""
    return find_people(load_pose_estimator(), frames_of(name))
