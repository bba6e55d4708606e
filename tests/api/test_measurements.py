"""Measurements and assessments over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from children.models import Measurement

VALUES = {"weight_kg": 11.02, "length_height_cm": 84.5, "position": "length", "muac_mm": 148, "oedema": False}


def body_of(measured, /, **changes):
    return {"child": str(measured.pk), "measured_on": str(timezone.localdate()), **VALUES, **changes}


def test_a_measurement_is_stored_and_answered_with_its_assessment(worker_api, child):
    answer = worker_api.post("/api/v1/measurements/", body_of(child))

    assert answer.status_code == 201
    stored = answer.json()
    assert stored["weight_kg"] == 11.02
    assert stored["assessment"]["standard"] == "WHO2006"
    assert stored["assessment"]["banner"]["action"] == "routine_visit"
    assert worker_api.get(f"/api/v1/measurements/{stored['id']}/").json() == stored
    assessment = worker_api.get(f"/api/v1/assessments/{stored['assessment']['id']}/").json()
    assert assessment == stored["assessment"]


def test_sam_by_muac_raises_an_alert_and_names_its_criterion(worker_api, child):
    answer = worker_api.post("/api/v1/measurements/", body_of(child, muac_mm=112)).json()

    assert answer["assessment"]["risk_level"] == "critical"
    assert answer["assessment"]["criteria"] == ["muac"]
    alerts = worker_api.get("/api/v1/alerts/", child=child.pk).json()["results"]
    assert [(alert["criterion"], alert["state"]) for alert in alerts] == [("muac", "open")]


@pytest.mark.parametrize(
    ("changes", "code", "attr"),
    [
        ({"measured_on": str(timezone.localdate() + timedelta(days=2))}, "date_in_future", "measured_on"),
        ({"measured_on": "2001-01-01"}, "date_before_birth", "measured_on"),
        ({"weight_kg": "11.02"}, "invalid", "weight_kg"),
        ({"weight_kg": True}, "invalid", "weight_kg"),
        ({"weight_kg": 11.1234}, "max_decimal_places", "weight_kg"),
        ({"oedema": "yes"}, "invalid", "oedema"),
        ({"position": "sitting"}, "invalid_choice", "position"),
        ({"position": ""}, "invalid_choice", "position"),
        ({"position": None}, "position_missing", "position"),
        ({"measured_on": "2024-W01-1"}, "invalid", "measured_on"),
        ({"weight": 11}, "unknown_field", "weight"),
        ({"source": "scan"}, "unknown_field", "source"),
        ({"length_height_sd_cm": 0.1}, "unknown_field", "length_height_sd_cm"),
        ({"child": "x"}, "invalid", "child"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_field(worker_api, child, changes, code, attr):
    answer = worker_api.post("/api/v1/measurements/", body_of(child, **changes))

    assert answer.status_code == 400, answer.content
    assert (answer.json()["code"], answer.json()["errors"][0]["attr"]) == (code, attr)
    assert Measurement.objects.count() == 0


def test_nothing_measured_is_refused(worker_api, child):
    answer = worker_api.post(
        "/api/v1/measurements/", {"child": str(child.pk), "measured_on": str(timezone.localdate())}
    )

    assert answer.json()["code"] == "nothing_measured"


def test_a_likely_slip_of_the_unit_is_asked_back_and_can_be_confirmed(worker_api, child, health_worker):
    suspicious = body_of(child, weight_kg=24.2)

    asked = worker_api.post("/api/v1/measurements/", suspicious)
    confirmed = worker_api.post("/api/v1/measurements/", {**suspicious, "confirmed_fields": ["weight_kg"]})

    assert (asked.status_code, asked.json()["code"]) == (400, "unit_slip_suspected")
    assert asked.json()["errors"][0]["attr"] == "weight_kg"
    assert confirmed.status_code == 201
    mark = confirmed.json()["confirmed_questions"][0]
    assert (mark["code"], mark["field"], mark["confirmed_by"]) == (
        "unit_slip_suspected",
        "weight_kg",
        str(health_worker.pk),
    )
    assert mark["values"] == asked.json()["errors"][0]["values"]
    assert mark["values"][0]["entered"] == 24.2


def test_all_questions_of_a_visit_come_with_their_evidence(worker_api, child, make_measurement):
    before = make_measurement(days_ago=30, weight_kg=9.8, length_height_cm=82, position="length")
    visit = body_of(child, weight_kg=21.6, length_height_cm=79)

    asked = worker_api.post("/api/v1/measurements/", visit).json()
    half = worker_api.post("/api/v1/measurements/", {**visit, "confirmed_fields": ["weight_kg"]}).json()
    both = [error["attr"] for error in asked["errors"]]
    confirmed = worker_api.post("/api/v1/measurements/", {**visit, "confirmed_fields": both})

    assert (asked["code"], asked["detail"]) == ("unit_slip_suspected", asked["errors"][0]["detail"])
    assert [(error["code"], error["attr"]) for error in asked["errors"]] == [
        ("unit_slip_suspected", "weight_kg"),
        ("shrinkage_suspected", "length_height_cm"),
    ]
    (weight,) = asked["errors"][0]["values"]
    assert weight.pop("expected") == pytest.approx(10.0, abs=0.2)
    assert weight == {
        "field": "weight_kg",
        "entered": 21.6,
        "would_be": 9.8,
        "previous": 9.8,
        "previous_on": str(before.measured_on),
    }
    assert [error["code"] for error in half["errors"]] == ["shrinkage_suspected"]
    assert confirmed.status_code == 201


def test_an_impossible_value_keeps_its_code_and_names_what_was_meant(worker_api, child):
    answer = worker_api.post("/api/v1/measurements/", body_of(child, weight_kg=11020)).json()

    assert (answer["code"], answer["errors"][0]["code"]) == ("out_of_limits", "out_of_limits")
    assert answer["errors"][0]["values"][0]["would_be"] == 11.02


def test_a_supervisor_corrects_and_the_old_row_stays_listed(supervisor_api, child, make_measurement):
    wrong = make_measurement(muac_mm=112.0)

    answer = supervisor_api.post(
        f"/api/v1/measurements/{wrong.pk}/correct/",
        {"measured_on": str(timezone.localdate()), "muac_mm": 142, "reason": "tape read wrongly"},
    )

    assert answer.status_code == 201
    assert answer.json()["corrects"] == str(wrong.pk)
    old = supervisor_api.get(f"/api/v1/measurements/{wrong.pk}/").json()
    assert (old["state"], old["corrected_by"]) == ("corrected", answer.json()["id"])
    assert old["end_reason"] == "tape read wrongly"


def test_a_measurement_is_voided_once(supervisor_api, make_measurement):
    wrong = make_measurement(muac_mm=112.0)
    path = f"/api/v1/measurements/{wrong.pk}/void/"

    first = supervisor_api.post(path, {"reason": "other child"})
    second = supervisor_api.post(path, {"reason": "other child"})

    assert (first.status_code, first.json()["state"]) == (200, "void")
    assert (second.status_code, second.json()["code"]) == (409, "already_ended")


def test_a_health_worker_does_not_void(worker_api, make_measurement):
    answer = worker_api.post(f"/api/v1/measurements/{make_measurement(muac_mm=140).pk}/void/", {"reason": "x"})

    assert (answer.status_code, answer.json()["code"]) == (403, "not_supervisor")


def test_measurements_are_listed_by_child_clinic_and_day(worker_api, child, make_child, make_measurement):
    today, other = make_measurement(muac_mm=140), make_child(name="Juma", sex="M")
    earlier = make_measurement(muac_mm=139, days_ago=30)
    make_measurement(child=other, muac_mm=150)

    def ids(**query):
        return {row["id"] for row in worker_api.get("/api/v1/measurements/", **query).json()["results"]}

    assert ids(child=child.pk) == {str(today.pk), str(earlier.pk)}
    assert ids(child=child.pk, measured_from=timezone.localdate()) == {str(today.pk)}
    assert ids(child=child.pk, measured_to=earlier.measured_on) == {str(earlier.pk)}
    assert len(ids(clinic=child.clinic_id)) == 3
    assert ids(clinic=other.pk) == set()
