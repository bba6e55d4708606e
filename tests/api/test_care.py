"""Alerts and follow-ups over the API."""

from __future__ import annotations

from care.models import Alert


def test_an_alert_is_acknowledged_referred_and_resolved(worker_api, make_measurement, health_worker):
    make_measurement(muac_mm=112.0)
    alert = worker_api.get("/api/v1/alerts/", state="open").json()["results"][0]
    path = f"/api/v1/alerts/{alert['id']}/"

    acknowledged = worker_api.post(path + "acknowledge/").json()
    referred = worker_api.post(path + "refer/", {"referred_to": "District hospital"}).json()
    resolved = worker_api.post(path + "resolve/", {"reason": "admitted"}).json()
    again = worker_api.post(path + "resolve/", {"reason": "admitted"})

    assert (acknowledged["state"], acknowledged["acknowledged_by"]) == ("acknowledged", str(health_worker.pk))
    assert (referred["state"], referred["referred_to"]) == ("referred", "District hospital")
    assert (resolved["state"], resolved["resolution"]) == ("resolved", "by_person")
    assert (again.status_code, again.json()["code"]) == (409, "alert_resolved")


def test_acknowledging_again_changes_nothing(worker_api, make_measurement):
    make_measurement(muac_mm=112.0)
    path = f"/api/v1/alerts/{Alert.objects.get().pk}/acknowledge/"

    assert worker_api.post(path).json() == worker_api.post(path).json()


def test_an_alert_names_child_and_evidence(worker_api, child, make_measurement):
    measurement = make_measurement(muac_mm=112.0)

    alert = worker_api.get("/api/v1/alerts/", child=child.pk).json()["results"][0]

    assert (alert["child_name"], alert["child_code"]) == (child.name, child.code)
    assert alert["evidence"] == [str(measurement.pk)]


def test_a_follow_up_is_completed_with_its_outcome_once(worker_api, child, make_measurement):
    make_measurement(muac_mm=112.0)
    follow_up = worker_api.get("/api/v1/follow-ups/", state="open", child=child.pk).json()["results"][0]
    path = f"/api/v1/follow-ups/{follow_up['id']}/complete/"

    missing = worker_api.post(path, {"outcome": " "})
    done = worker_api.post(path, {"outcome": "The referral was kept."})
    again = worker_api.post(path, {"outcome": "The referral was kept."})

    assert missing.status_code == 400
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert (again.status_code, again.json()["code"]) == (409, "follow_up_ended")
