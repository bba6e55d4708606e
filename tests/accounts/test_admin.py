"""Django admin: every page opens under the strict CSP, facts are read-only, people and clinics are edited."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.invitations import invite
from accounts.models import ApiToken, Clinic, Membership, Programme, PublishedKeys, Role, User
from accounts.services import issue_api_token
from accounts.standardisation_models import StandardisationCertificate, StandardisationTest
from care.models import Delivery, FollowUp, NoticeSubscription, ReminderPlan
from care.referrals import refer_child
from care.reminders import agree_to_reminders
from care.services import acknowledge_alert
from care.tracing import close_tracing, record_attempt
from care.treatment import admit_child
from children.consents import withdraw_consent
from children.models import Child, Consent, Measurement
from children.search_models import SearchEntry
from children.services import MeasuredValues, correct_measurement
from predictions.models import ModelVersion, Prediction, ReviewFrame, SessionReview, ShadowPrediction, TrainingSet
from scans.models import DirectUpload, FilmView, ScanSession

OUR_APPS = {"accounts", "children", "care", "scans", "predictions"}
EDITED = {User, Programme, Clinic, Membership, NoticeSubscription, ReminderPlan}
NOT_SHOWN = {SearchEntry}  # an index of the names that are shown
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [model for model in REGISTERED if model._meta.app_label in OUR_APPS]
LOOK_ONLY = [model for model in OURS if model not in EDITED]
# An inline script or style, or a handler in an attribute: the policy would block it.
INLINE = re.compile(
    r"<script(?![^>]*\b(?:src=|type=\"application/json\"))|<style|<[^>]+\s(?:on\w+|style)=", re.IGNORECASE
)


def page(model: Any, name: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=arguments)


@pytest.fixture
def administrator(make_user: Callable[..., User]) -> User:
    return make_user("admin", Role.ADMINISTRATOR, is_staff=True, is_superuser=True)


@pytest.fixture
def admin_client(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


@pytest.fixture
def one_of_each(
    child: Child,
    make_measurement: Callable[..., Measurement],
    make_session: Callable[..., ScanSession],
    make_child: Callable[..., Child],
    health_worker: User,
    supervisor: User,
    settings: Any,
) -> None:
    """At least one row of every model of ours, by the services where there are any."""
    wrong = make_measurement(weight_kg=8.2, length_height_cm=80.1, position="length", muac_mm=112)
    values = MeasuredValues(
        weight_kg=wrong.weight_kg, length_height_cm=wrong.length_height_cm, position="length", muac_mm=wrong.muac_mm - 1
    )
    measurement = correct_measurement(
        measurement=wrong, values=values, measured_on=wrong.measured_on, corrected_by=supervisor, reason="Misread."
    )
    acknowledge_alert(
        alert=child.alerts.filter(criterion="muac").exclude(state="resolved").get(), acknowledged_by=supervisor
    )
    session = make_session()
    version = ModelVersion.objects.create(name="segments", version="0.0.1", sha256="0" * 64)
    Prediction.objects.create(
        session=session,
        measurement=measurement,
        model_version=version,
        backend="local",
        pose_backend="mediapipe",
        scale_cue="marker",
        height_cm=80.4,
        height_sd_cm=1.1,
        intervals={"height_cm": {"80": [79.0, 81.8]}},
    )
    ShadowPrediction.objects.create(session=session, model_version=version, height_cm=80.9, seconds=0.1)
    training_set = TrainingSet.objects.create(
        name="first", purpose="teaching", ethics_reference="EC 1", rows=1, children=1, created_by=supervisor
    )
    training_set.members.create(session=session, child_pseudonym="c1", session_pseudonym="s1", features_sha256="0" * 64)
    SessionReview.objects.create(session=session, verdict="good", reviewed_by=supervisor)
    ReviewFrame.objects.create(session=session, scan_type="lying_above", time_s=0.5, width=360, height=640)
    issue_api_token(user=health_worker, name="phone 1")
    invite(invited_by=supervisor, role=Role.HEALTH_WORKER, clinic=child.clinic, programme=None)
    _standardised(health_worker, held_by=supervisor, clinic=child.clinic)
    PublishedKeys.objects.create(discovery_url="https://tenant.example/", issuer="tenant", jwks={}, fetched_at=0)
    video = session.videos.get()
    DirectUpload.objects.create(
        session=session,
        scan_type=video.scan_type,
        size_bytes=video.size_bytes,
        sha256=video.sha256,
        md5="0" * 32,
        block_bytes=1024,
        started_by=health_worker,
    )
    FilmView.objects.create(
        video_id=video.pk, session_id=session.pk, opened_by=supervisor, expires_at=timezone.now() + timedelta(minutes=5)
    )
    _care_for(child, health_worker=health_worker)
    leaving = make_child(name="Leaves")
    make_session(child=leaving)
    make_measurement(child=leaving, weight_kg=24.2)  # asked back (pounds?) and confirmed
    withdraw_consent(consent=Consent.objects.get(child=leaving, purpose="care"), withdrawn_by=health_worker)


def _standardised(measurer: User, *, held_by: User, clinic: Clinic) -> None:
    """A test with a sheet, a reading and a certificate."""
    today = timezone.localdate()
    held = StandardisationTest.objects.create(clinic=clinic, held_on=today, held_by=held_by)
    sheet = held.sheets.create(measurer=measurer)
    sheet.readings.create(child_number=1, turn=1, muac_mm=141)
    StandardisationCertificate.objects.create(
        sheet=sheet, user=measurer, issued_on=today, valid_until=today, issued_by=held_by
    )


def _care_for(child: Child, *, health_worker: User) -> None:
    """Give the child a row in every table of care, and a change of status."""
    today = timezone.localdate()
    NoticeSubscription.objects.create(programme=child.clinic.programme, way="email", address="nurse@example.org")
    ReminderPlan.objects.create(clinic=child.clinic)
    refer_child(child=child, referred_by=health_worker, referred_to="District hospital")
    admit_child(
        child=child, kind="sam", criterion="muac", admission="new", admitted_on=today, admitted_by=health_worker
    )
    agree_to_reminders(child=child, recorded_by=health_worker)
    Delivery.objects.create(kind="reminder", child=child, follow_up=FollowUp.objects.filter(child=child).first())
    attempt = record_attempt(
        child=child,
        attempted_on=today,
        way="visit",
        was_reached=False,
        reason_not_reached="moved",
        recorded_by=health_worker,
    )
    close_tracing(tracing=attempt.tracing, outcome="moved", outcome_on=today, closed_by=health_worker)


def test_every_model_of_ours_is_registered_with_its_audit_rows() -> None:
    ours = {model for model in apps.get_models() if model._meta.app_label in OUR_APPS}

    assert ours - NOT_SHOWN == set(OURS)


def test_every_list_and_every_record_opens_without_inline_code(one_of_each: None, admin_client: Client) -> None:
    opened, offences = {}, []
    for model in REGISTERED:
        addresses = [page(model, "changelist"), page(model, "changelist") + "?q=ab"]
        row = model._default_manager.first()
        assert row is not None or model not in OURS, model
        if row is not None:
            addresses += [page(model, "change", row.pk), page(model, "history", row.pk)]
        if model in EDITED:
            addresses.append(page(model, "add"))
        for address in addresses:
            answer = admin_client.get(address)
            opened[address] = answer.status_code
            offences += [(address, found) for found in INLINE.findall(answer.content.decode())]

    assert {address: status for address, status in opened.items() if status != 200} == {}
    assert offences == []


def test_the_site_has_our_name_and_a_strict_policy(admin_client: Client) -> None:
    answer = admin_client.get("/admin/")

    assert "Child Growth Monitor" in answer.content.decode()
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"] + ";"


def test_lists_take_the_same_queries_however_long(
    admin_client: Client, make_child: Callable[..., Child], django_assert_max_num_queries: Any
) -> None:
    for k in range(12):
        make_child(name=f"Child {k}")

    with django_assert_max_num_queries(12):
        admin_client.get(page(Child, "changelist"))


def test_facts_can_be_neither_added_nor_changed_nor_deleted(one_of_each: None, admin_client: Client) -> None:
    accepted = []
    for model in LOOK_ONLY:
        row = model._default_manager.first()
        for address in (page(model, "add"), page(model, "change", row.pk), page(model, "delete", row.pk)):
            answer = admin_client.post(address, {"post": "yes"})
            if answer.status_code != 403:
                accepted.append((address, answer.status_code))
        listed = admin_client.post(
            page(model, "changelist"), {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        )
        assert model._default_manager.filter(pk=row.pk).exists(), (model, listed.status_code)

    assert accepted == []


def test_no_token_no_hash_and_no_film_is_shown(one_of_each: None, admin_client: Client) -> None:
    token, session = ApiToken.objects.get(), ScanSession.objects.get(state="queued")
    video = session.videos.get()

    token_page = admin_client.get(page(ApiToken, "change", token.pk)).content.decode()
    pages = [
        admin_client.get(address).content.decode()
        for address in (page(ScanSession, "change", session.pk), page(type(video), "change", video.pk))
    ]

    assert token.token_sha256 not in token_page
    assert not [text for text in pages if ".mp4" in text]


@pytest.mark.parametrize("role", list(Role))
def test_who_is_not_staff_is_sent_to_sign_in(
    role: Role, make_user: Callable[..., User], clinic: Clinic, client: Client
) -> None:
    in_clinic = role in {Role.HEALTH_WORKER, Role.SUPERVISOR}
    client.force_login(make_user("someone", role, clinic if in_clinic else None))

    answer = client.get(page(Child, "changelist"))

    assert answer.status_code == 302
    assert answer.url.startswith("/admin/login/")


def test_audit_rows_name_who_did_it(admin_client: Client, administrator: User, clinic: Clinic) -> None:
    worker = User.objects.create_user("another", password="x")
    form = {"user": str(worker.pk), "programme": str(clinic.programme_id), "clinic": str(clinic.pk)}

    saved = admin_client.post(page(Membership, "add"), {**form, "role": Role.HEALTH_WORKER})

    assert saved.status_code == 302
    events = admin_client.get(page(Membership.pgh_event_model, "changelist")).content.decode()
    assert '<td class="field-actor">admin</td>' in events


def test_a_membership_in_a_clinic_of_another_programme_is_refused(admin_client: Client, clinic: Clinic) -> None:
    worker = User.objects.create_user("another", password="x")
    other = Programme.objects.create(name="Other", country="UG")
    form = {"user": str(worker.pk), "programme": str(other.pk), "clinic": str(clinic.pk)}

    answer = admin_client.post(page(Membership, "add"), {**form, "role": Role.HEALTH_WORKER})

    assert "belongs to another programme" in answer.content.decode()
    assert not worker.memberships.exists()


def test_an_administrator_makes_a_user_with_a_role(admin_client: Client, clinic: Clinic) -> None:
    form = {
        "username": "new.worker",
        "usable_password": "true",
        "password1": "mango-ferry-cedar-0417",
        "password2": "mango-ferry-cedar-0417",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }

    admin_client.post(page(User, "add"), form)

    assert User.objects.get(username="new.worker").check_password("mango-ferry-cedar-0417")


def test_a_user_is_deactivated_and_never_deleted(admin_client: Client, health_worker: User) -> None:
    answer = admin_client.post(page(User, "delete", health_worker.pk), {"post": "yes"})

    assert answer.status_code == 403
    assert User.objects.filter(pk=health_worker.pk).exists()


def test_tokens_are_revoked_in_the_list(admin_client: Client, health_worker: User) -> None:
    token, _secret = issue_api_token(user=health_worker, name="lost phone")

    answer = admin_client.post(
        page(ApiToken, "changelist"), {"action": "revoke", "_selected_action": [str(token.pk)]}, follow=True
    )

    token.refresh_from_db()
    assert "Revoked: 1." in answer.content.decode()
    assert timezone.now() - token.revoked_at < timedelta(minutes=1)
