"""How good are the estimates: a folder of sessions in, predictions and a report out.

    python -m ml_models.evaluate --sessions sessions.csv --videos DIR --report OUT/

Measures every session as the portal does (`ml_models.measuring`). Writes `predictions.csv`; where the table tells the
truth also `report.json`, `report.html` and its pictures. What is in them: docs/evaluation.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from ml_models.estimator import WeightsError
from ml_models.evaluation.comparison import compare
from ml_models.evaluation.predictions_file import write_predictions
from ml_models.evaluation.report import write_report
from ml_models.evaluation.sessions import Outcome, Setup, describe, measure_rows
from ml_models.evaluation.sessions_file import SessionTable, TableError, read_sessions
from ml_models.inference import DEFAULT_WEIGHTS
from ml_models.pose import PoseBackendError

PREDICTIONS = "predictions.csv"
LOG = "messages.log"
#: Exit status of a command that was asked for something impossible, as argparse's own.
EXIT_UNUSABLE_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status, 0 also where every session was refused."""
    options = _parser().parse_args(arguments)
    try:
        table = read_sessions(options.sessions, options.videos)
        if not options.videos.is_dir():
            raise TableError(f"{options.videos} is no folder. Name the one with the films.")
        options.report.mkdir(parents=True, exist_ok=True)
        setup = Setup(weights=options.weights, pose_backend=options.pose_backend, log=options.report / LOG)
        setup.log.write_bytes(b"")
        model_version, pose_name = describe(setup)
    except (TableError, WeightsError, PoseBackendError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{error.filename} cannot be written: {error.strerror}.")
    outcomes = _measure(table, setup, jobs=options.jobs)
    write_predictions(options.report / PREDICTIONS, table.rows, outcomes, model_version=model_version)
    _say(f"wrote {options.report / PREDICTIONS}: {len(table.rows)} sessions, {_succeeded(outcomes)} with an estimate")
    if not table.has_truth:
        _say("the table tells no truth: no report")
        return 0
    about = {
        "model_version": model_version,
        "pose_backend": pose_name,
        "sessions_file": options.sessions.name,
        "sessions_sha256": hashlib.sha256(options.sessions.read_bytes()).hexdigest(),
        "rendered_children": table.drawn,
        "problems": _problems(table, outcomes),
    }
    _say(f"wrote {write_report(options.report, compare(table.rows, outcomes), about)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml_models.evaluate", description=main.__doc__)
    parser.add_argument("--sessions", type=Path, required=True, help="table of sessions, CSV")
    parser.add_argument("--videos", type=Path, required=True, help="folder of the films that the table names")
    parser.add_argument("--report", type=Path, required=True, help="folder to write to; made where it is missing")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="folder of the model (%(default)s)")
    parser.add_argument("--pose-backend", default="mediapipe", help="pose model (%(default)s)")
    parser.add_argument("--jobs", type=_count, default=1, help="processes that measure side by side (%(default)s)")
    return parser


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than one process")
    return count


def _measure(table: SessionTable, setup: Setup, *, jobs: int) -> dict[str, Outcome]:
    outcomes = {}
    with tqdm(total=len(table.rows), desc="measuring", unit="session", mininterval=1.0) as bar:
        for outcome in measure_rows(table.rows, setup, jobs=jobs):
            outcomes[outcome.session_id] = outcome
            bar.update()
    for problem in _problems(table, outcomes):
        _say(problem)
    return outcomes


def _problems(table: SessionTable, outcomes: dict[str, Outcome]) -> list[str]:
    """Return, in the table's order, what went wrong besides films that cannot be measured."""
    found = [text for row in table.rows for text in (row.remark, outcomes[row.session_id].problem)]
    return [text for text in found if text]


def _succeeded(outcomes: dict[str, Outcome]) -> int:
    return sum(outcome.succeeded for outcome in outcomes.values())


def _refuse(sentence: str) -> int:
    _say(sentence)
    return EXIT_UNUSABLE_INPUT


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
