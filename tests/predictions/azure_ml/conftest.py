"""Sessions that only their last stage is run of: the features of one real film, asked of endpoint and local model."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from children.models import Child
from ml_models import score
from ml_models.inference import load_estimator
from ml_models.measuring import Film, SessionAnswer, measure_session
from ml_models.pose import load_pose_estimator
from ml_models.types import AnthropometryEstimate, CaptureFacts, ScanType, SessionFeatures, Subject
from ml_models.video import VideoLimits
from predictions import pipeline
from predictions.models import Prediction
from predictions.registry import active_model
from scans.models import ScanSession
from tests.conftest import DATA
from tests.stand_ins.endpoint import StandInEndpoint

FILM = "A003"


@pytest.fixture(scope="session")
def film_features() -> SessionFeatures:
    """Return the features of a real lying film with a marker, measured once."""
    with (DATA / "videos" / "good_sessions.csv").open(encoding="utf-8") as lines:
        row = next(row for row in csv.DictReader(lines) if row["session_id"] == FILM)
    scan_type, film = row["files"].split(";")[0].split(":")
    facts = CaptureFacts(
        scan_type=ScanType(scan_type), marker_id=int(row["marker_id"]), marker_size_mm=float(row["marker_size_mm"])
    )
    subject = Subject(sex=row["sex"], age_days=int(row["age_days"]))
    limits = VideoLimits(min_duration_s=1, max_duration_s=60, max_bytes=10**8)
    answer = measure_session(
        [Film(path=DATA / "videos" / film, facts=facts)],
        subject,
        pose_estimator=load_pose_estimator("mediapipe"),
        model=load_estimator(),
        limits=limits,
    )
    return answer.features


@pytest.fixture(scope="session")
def local_estimate(film_features: SessionFeatures) -> AnthropometryEstimate:
    """Return what the local model says of the film."""
    return load_estimator().estimate(film_features)


@pytest.fixture(scope="session")
def endpoint_server() -> Iterator[StandInEndpoint]:
    score.init()
    with StandInEndpoint(lambda body: json.loads(json.dumps(score.run(body)))).running() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(endpoint_server: StandInEndpoint, settings: Any) -> StandInEndpoint:
    """Return the endpoint, well behaved, at an address that no circuit breaker knows yet."""
    endpoint_server.reset()
    settings.AZURE_ML_ENDPOINT_URL = endpoint_server.url
    settings.AZURE_ML_ENDPOINT_KEY = endpoint_server.key
    return endpoint_server


@pytest.fixture
def estimate_session(
    film_features: SessionFeatures,
    make_child: Callable[..., Child],
    make_session: Callable[..., ScanSession],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], Prediction]:
    """Return a runner of sessions of new children, from claim to stored answer, whose film was measured before."""

    def estimate(run: pipeline.SessionRun) -> None:
        run.answer = SessionAnswer(features=film_features, estimate=run.serving.estimate(film_features))

    monkeypatch.setattr(pipeline, "STAGES", ((ScanSession.Stage.ESTIMATE, estimate),))
    active_model()

    def run_one() -> Prediction:
        subject = film_features.subject
        session = make_session(child=make_child(age_days=subject.age_days, sex=subject.sex))
        pipeline.process_session(session.pk)
        return Prediction.objects.select_related("session", "model_version").get(session=session)

    return run_one
