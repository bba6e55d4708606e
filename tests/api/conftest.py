"""Clients with tokens, and one of everything that the API serves."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache as throttle_cache
from django.core.files.base import ContentFile
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import issue_api_token
from care.leaving import change_child_status
from care.models import Alert, FollowUp, Referral
from care.tracing import record_attempt
from care.treatment import admit_child
from children.consents import give_consent
from children.erasure_requests import request_erasure
from children.models import Child, ErasureRecord, Measurement
from predictions.models import ModelVersion, Prediction
from scans.direct_uploads import Announcement, start_upload
from scans.models import ScanSession
from scans.services import attach_video, start_session
from tests.conftest import DATA

FILM = DATA / "videos" / "A001_front.mp4"
ANNOUNCED = Announcement(
    scan_type="standing_front", size_bytes=4, sha256="0" * 64, md5="0" * 32, content_type="video/mp4"
)


@pytest.fixture(autouse=True)
def _no_sign_ins_counted() -> None:
    """The throttle of one test must not reach into the next."""
    throttle_cache.clear()


@cache
def loaded_handler() -> ClientHandler:
    """The portal's middleware, loaded once: it looks through every static file."""
    handler = ClientHandler(enforce_csrf_checks=False)
    handler.load_middleware()
    return handler


def plain_client() -> Client:
    """Return a client without cookies that answers a crash instead of raising it."""
    client = Client(raise_request_exception=False)
    client.handler = loaded_handler()
    return client


@dataclass(frozen=True)
class ApiClient:
    """A client of one device: JSON in and out, a bearer token on every request."""

    token: str | None

    def request(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        given = {} if body is None else {"data": body, "content_type": "application/json"}
        return getattr(plain_client(), method)(path, headers=headers, **given, **options)

    def get(self, path: str, **query: Any) -> Any:
        return self.request("get", path, query_params=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.request("post", path, body)

    def patch(self, path: str, body: Any) -> Any:
        return self.request("patch", path, body)

    def delete(self, path: str) -> Any:
        return self.request("delete", path)

    def upload(self, path: str, **fields: Any) -> Any:
        """POST a multipart form."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return plain_client().post(path, data=fields, headers=headers)


@pytest.fixture
def api(db: None) -> Callable[[User | None], ApiClient]:
    """Return a maker of clients: `api(user)`, or `api(None)` without a token."""

    def make(user: User | None) -> ApiClient:
        return ApiClient(issue_api_token(user=user, name="phone")[1] if user else None)

    return make


@pytest.fixture
def worker_api(api: Callable[..., ApiClient], health_worker: User) -> ApiClient:
    return api(health_worker)


@pytest.fixture
def supervisor_api(api: Callable[..., ApiClient], supervisor: User) -> ApiClient:
    return api(supervisor)


@pytest.fixture
def outsider_api(api: Callable[..., ApiClient], outsider: User) -> ApiClient:
    return api(outsider)


@pytest.fixture
def manager(make_user: Callable[..., User]) -> User:
    return make_user("manager", Role.PROGRAMME_MANAGER)


@pytest.fixture
def partner(make_user: Callable[..., User]) -> User:
    return make_user("partner", Role.PARTNER)


@pytest.fixture
def administrator(make_user: Callable[..., User]) -> User:
    return make_user("administrator", Role.ADMINISTRATOR)


@pytest.fixture
def model_version(db: None) -> ModelVersion:
    return ModelVersion.objects.create(name="fused-views", version="1", sha256="0" * 64, is_active=True)


@pytest.fixture
def session(child: Child, health_worker: User) -> ScanSession:
    """A session that waits for its film."""
    return start_session(child=child, started_by=health_worker, facts={})


@pytest.fixture
def make_prediction(
    child: Child, health_worker: User, model_version: ModelVersion, make_measurement: Callable[..., Measurement]
) -> Callable[[], Prediction]:
    """Return a maker of predictions, each of a succeeded session of its own."""

    def make() -> Prediction:
        session = start_session(child=child, started_by=health_worker, facts={})
        attach_video(session=session, scan_type="standing_front", upload=ContentFile(b"film", name="film.mp4"))
        session.state = ScanSession.State.SUCCEEDED
        session.finished_at = timezone.now()
        session.save()
        return Prediction.objects.create(
            session=session,
            model_version=model_version,
            backend="local",
            pose_backend="mediapipe",
            scale_cue="marker",
            confidence=0.8,
            height_cm=84.2,
            height_sd_cm=1.1,
            weight_kg=11.0,
            weight_sd_kg=0.9,
            muac_mm=142.0,
            muac_sd_mm=6.0,
            head_circumference_cm=47.0,
            head_circumference_sd_cm=1.0,
            intervals={"height_cm": {"80": [82.8, 85.6]}, "muac_mm": {"80": [134.0, 150.0]}},
            frames_used=12,
            measurement=make_measurement(length_height_cm=84.2, position="height"),
        )

    return make


@pytest.fixture
def everything(
    child: Child,
    health_worker: User,
    make_measurement: Callable[..., Measurement],
    make_prediction: Callable[[], Prediction],
    session: ScanSession,
    make_child: Callable[..., Child],
) -> SimpleNamespace:
    """One of everything that belongs to a child of the first clinic."""
    prediction = make_prediction()
    measurement = make_measurement(muac_mm=112.0, days_ago=1)
    alert = Alert.objects.create(child=child, criterion="whz", severity="high", raised_by=measurement)
    FollowUp.objects.filter(state="open").delete()
    follow_up = FollowUp.objects.create(child=child, reason="routine", due_on=timezone.localdate())
    today = timezone.localdate()
    referral = Referral.objects.create(
        child=child, place="District hospital", referred_on=today, recorded_by=health_worker
    )
    treatment = admit_child(
        child=child, kind="sam", criterion="muac", admission="new", admitted_on=today, admitted_by=health_worker
    )
    attempt = record_attempt(child=child, attempted_on=today, way="phone", was_reached=True, recorded_by=health_worker)
    gone = make_child(name="Moved")
    status_change = change_child_status(
        child=gone, status="moved", happened_on=today, reason="to the city", changed_by=health_worker
    )
    leaving = make_child(name="Leaves")
    erasure_request = request_erasure(child=leaving, requested_by=health_worker, why="guardian_request")
    return SimpleNamespace(
        child=child,
        erasure_request=erasure_request,
        erasure=ErasureRecord.objects.get(child_id=leaving.pk),
        clinic=child.clinic,
        consent=give_consent(child=child, purpose="image_review", recorded_by=health_worker),
        measurement=measurement,
        assessment=measurement.assessments.get(is_current=True),
        alert=alert,
        follow_up=follow_up,
        referral=referral,
        treatment=treatment,
        tracing=attempt.tracing,
        status_change=status_change,
        session=session,
        succeeded=prediction.session,
        upload=start_upload(session=session, announced=ANNOUNCED, started_by=health_worker).upload,
        video=prediction.session.videos.get(),
        prediction=prediction,
        model_version=prediction.model_version,
        new_id=str(uuid.uuid4()),
    )
