"""What a failing model endpoint costs a session, against the same session without an endpoint.

A session is its last stage and the storing of its answer, on the features of one real film, which are measured once:
all that comes before is the same either way and takes a hundred times longer.

First an endpoint takes requests and never answers: all failing calls together may cost one AZURE_ML_TIMEOUT_SECONDS,
once. Goal: at most 1.1 of it, which leaves the machine its noise. Then, in turn: no endpoint (the yardstick), the same
endpoint with the breaker open, and one that answers. Goal: with the breaker open at most 1.1 yardsticks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from benchmarks.films import SAMPLE
from benchmarks.stage import make_child, private_portal

AGE_DAYS, SEX = 304, "F"
MARKER = {"marker_id": 4, "marker_size_mm": 160}
ROUNDS = 40
TIMEOUT_S = 5.0
GOAL_RATIO, GOAL_TIMEOUTS = 1.1, 1.1


def main() -> None:
    """Print what the endpoint costs while it hangs, while the breaker is open and while it answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with private_portal():
        from ml_models import score
        from tests.stand_ins.endpoint import StandInEndpoint

        def answer(body: bytes) -> dict[str, object]:
            return json.loads(json.dumps(score.run(body)))

        score.init()
        with StandInEndpoint(answer).running() as hanging, StandInEndpoint(answer).running() as sound:
            hanging.misbehaviour = "hang"
            prepare_sessions()
            run_session("")  # fills caches
            measure_hang(hanging)
            measure_ratios(hanging.url, sound.url, rounds=rounds)


def measure_hang(hanging) -> None:
    """Run sessions until nobody calls the endpoint any more; print what they lost to it."""
    lost = []
    while (prediction := run_session(hanging.url)[0]).fallback_reason != "breaker_open":
        lost.append(prediction.endpoint_seconds)
    print(f"  {len(hanging.requests)} calls that hang cost {len(lost)} sessions {sum(lost):.2f} s:", end="")
    print(f" {sum(lost) / TIMEOUT_S:.2f} timeouts (goal at most {GOAL_TIMEOUTS})")


def measure_ratios(open_url: str, sound_url: str, *, rounds: int) -> None:
    """Run the three kinds of session in turn and print medians and ratios to the yardstick."""
    kinds = {
        "no endpoint": ("", ("local", "")),
        "breaker open": (open_url, ("local", "breaker_open")),
        "endpoint answers": (sound_url, ("azure_ml", "")),
    }
    seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _round in range(rounds):
        for kind, (url, expected) in kinds.items():
            prediction, taken = run_session(url)
            if (prediction.backend, prediction.fallback_reason) != expected:
                raise SystemExit(f"{kind}: {prediction.backend} answered, {prediction.fallback_reason or 'no failure'}")
            seconds[kind].append(taken)
    yardstick = seconds["no endpoint"]
    for kind, of_kind in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(of_kind, yardstick, strict=True))
        goal = f" (goal at most {GOAL_RATIO})" if kind == "breaker open" else ""
        print(f"  {kind:16s} {statistics.median(of_kind) * 1000:6.1f} ms, ratio {ratio:.2f}{goal}")


def prepare_sessions() -> None:
    """Measure the film, and let sessions begin with their last stage."""
    from ml_models.inference import load_estimator
    from ml_models.measuring import Film, SessionAnswer, measure_session
    from ml_models.pose import load_pose_estimator
    from ml_models.types import CaptureFacts, ScanType, Subject
    from ml_models.video import VideoLimits
    from predictions import pipeline
    from scans.models import ScanSession

    features = measure_session(
        [Film(path=SAMPLE, facts=CaptureFacts(scan_type=ScanType.LYING_ABOVE, **MARKER))],
        Subject(sex=SEX, age_days=AGE_DAYS),
        pose_estimator=load_pose_estimator("mediapipe"),
        model=load_estimator(),
        limits=VideoLimits(min_duration_s=1, max_duration_s=60, max_bytes=10**8),
    ).features

    def estimate(run: pipeline.SessionRun) -> None:
        run.answer = SessionAnswer(features=features, estimate=run.serving.estimate(features))

    pipeline.STAGES = ((ScanSession.Stage.ESTIMATE, estimate),)


def run_session(url: str):
    """Process one session of a new child with the endpoint at `url`; return its prediction and the seconds taken."""
    from django.core.files.base import ContentFile
    from django.test import override_settings

    from predictions.models import Prediction
    from predictions.pipeline import process_session
    from scans.services import attach_video, start_session, submit_session
    from tests.stand_ins.endpoint import KEY

    endpoint = {"AZURE_ML_ENDPOINT_URL": url, "AZURE_ML_ENDPOINT_KEY": KEY}
    with override_settings(AZURE_ML_TIMEOUT_SECONDS=TIMEOUT_S, AZURE_ML_PAUSE_SECONDS=60.0, **endpoint):
        child, worker = make_child(age_days=AGE_DAYS, sex=SEX)
        session = start_session(child=child, started_by=worker, facts={})
        attach_video(session=session, scan_type="lying_above", upload=ContentFile(b"measured before", name="film.mp4"))
        submit_session(session=session)
        started = time.perf_counter()
        process_session(session.pk)
        taken = time.perf_counter() - started
        return Prediction.objects.get(session=session), taken


if __name__ == "__main__":
    main()
