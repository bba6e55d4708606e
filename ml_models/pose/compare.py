"""`python -m ml_models.pose.compare --first A --second B --videos DIR --out OUT/`: two pose models on the same films.

Writes `report.json`, `landmarks.csv` and `agreement.svg`. Speed is frames a second of the pose stage alone, one film
after the other, decoding and loading left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from ml_models.pose import WEIGHTS_DIR, PoseBackendError, PoseEstimator, load_pose_estimator
from ml_models.pose.agreement import Differences, LandmarkAgreement, differences, summarise
from ml_models.pose.agreement_plot import draw_agreement
from ml_models.types import PoseSequence, SampledFrames
from ml_models.video import DEFAULT_FRAME_COUNT, VideoError, VideoLimits, sample_frames

ENDINGS = {".mp4", ".mov", ".m4v", ".webm", ".mkv"}
NOTHING_COMPARED = 2


@dataclass
class ModelRun:
    """One model over all films."""

    backend: str
    name: str
    frames: int = 0
    detected: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        """Return the counts with speed and share of frames in which somebody was found."""
        rates = {
            "frames_per_s": self.frames / self.seconds if self.seconds else None,
            "detected_share": self.detected / self.frames if self.frames else None,
        }
        return asdict(self) | rates


@dataclass
class Comparison:
    """What two models say of the same films. `refused`: films that could not be read, with the reason's code."""

    first: ModelRun
    second: ModelRun
    films: dict[str, dict[str, object]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    landmarks: list[LandmarkAgreement] = field(default_factory=list)


def compare(
    first: PoseEstimator, second: PoseEstimator, films: Sequence[Path], *, backends: tuple[str, str], frame_count: int
) -> Comparison:
    """Return how `first` and `second` agree on `films`. `backends`: what they are called in the settings."""
    models = (first, second)
    found = Comparison(ModelRun(backends[0], first.name), ModelRun(backends[1], second.name))
    apart: list[Differences] = []
    warm = False
    for film in tqdm(films, unit="film", disable=None, leave=False):
        try:
            frames = sample_frames(film, limits=VideoLimits(), frame_count=frame_count)
        except VideoError as error:
            found.refused[film.name] = error.code.value
            continue
        if not warm:  # the first call of a model also plans its memory
            for model in models:
                model.estimate(replace(frames, images=frames.images[:1], times_s=frames.times_s[:1]))
            warm = True
        one, other = _timed(first, frames, found.first), _timed(second, frames, found.second)
        height, width = frames.images.shape[1:3]
        apart.append(differences(one, other, width=width, height=height))
        detected = [float(pose.detected.mean()) for pose in (one, other)]
        found.films[film.name] = {"frames": len(frames.images), "detected_share": detected}
    found.landmarks = summarise(apart)
    return found


def _timed(model: PoseEstimator, frames: SampledFrames, run: ModelRun) -> PoseSequence:
    started = time.perf_counter()
    pose = model.estimate(frames)
    run.seconds += time.perf_counter() - started
    run.frames += len(frames.images)
    run.detected += int(pose.detected.sum())
    return pose


def write_comparison(found: Comparison, out: Path) -> None:
    """Write `report.json`, `landmarks.csv` and `agreement.svg` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    rows = [asdict(row) | {"landmark": row.landmark.name.lower()} for row in found.landmarks]
    report = {
        "first": found.first.as_json(),
        "second": found.second.as_json(),
        "films": found.films,
        "refused": found.refused,
        "landmarks": rows,
        "unit": "differences are shares of the body's length; along: second less first, positive towards the feet",
        "machine": {"processor": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()},
    }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    with (out / "landmarks.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, fieldnames=["landmark", "frames", "median", "p90", "along"])
        table.writeheader()
        table.writerows(rows)
    titles = ["Agreement of two pose models", *_told(found)]
    (out / "agreement.svg").write_text(draw_agreement(found.landmarks, titles=titles), encoding="utf-8")


def _told(found: Comparison) -> list[str]:
    """Return a line about each model."""
    return [
        f"{run.name}: {run.frames / run.seconds if run.seconds else 0:.1f} frames/s, somebody found in "
        f"{run.detected} of {run.frames} frames"
        for run in (found.first, found.second)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and say what was found; 0, or 2 where nothing could be compared."""
    options = _parser().parse_args(arguments)
    films = sorted(path for path in options.videos.rglob("*") if path.suffix.lower() in ENDINGS)
    if not films:
        return _refuse(f"There is no film in {options.videos} ({', '.join(sorted(ENDINGS))}).")
    backends = (options.first, options.second)
    try:
        first, second = (load_pose_estimator(name, weights_dir=options.weights_dir) for name in backends)
        found = compare(first, second, films, backends=backends, frame_count=options.frames)
    except PoseBackendError as error:
        return _refuse(f"{error} [{error.code}]")
    if not found.films:
        return _refuse(f"None of the {len(films)} films could be read: {sorted(set(found.refused.values()))}.")
    write_comparison(found, options.out)
    both = [row for row in found.landmarks if row.frames]
    lines = [*_told(found), f"{len(both)} of {len(found.landmarks)} landmarks are given by both models"]
    if both:
        worst = max(both, key=lambda row: row.median or 0.0)
        lines.append(f"most apart: {worst.landmark.name.lower()}, median {100 * (worst.median or 0):.2f} % of the body")
    if found.refused:
        lines.append(f"{len(found.refused)} films could not be read: {found.refused}")
    sys.stdout.write("\n".join([*lines, f"written to {options.out}", ""]))
    return 0


def _refuse(problem: str) -> int:
    sys.stderr.write(f"{problem}\n")
    return NOTHING_COMPARED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml_models.pose.compare", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--first", required=True, metavar="BACKEND", help="as in POSE_BACKEND: mediapipe, openpose, ..."
    )
    parser.add_argument("--second", required=True, metavar="BACKEND", help="the other one")
    parser.add_argument("--videos", required=True, metavar="DIR", type=Path, help="folder with films")
    parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="folder to write to")
    parser.add_argument("--frames", type=int, default=DEFAULT_FRAME_COUNT, help="frames a film (default %(default)s)")
    parser.add_argument("--weights-dir", type=Path, default=WEIGHTS_DIR, help="where the folders of weights are")
    return parser


if __name__ == "__main__":
    sys.exit(main())
