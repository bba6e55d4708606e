"""The form that takes a scan."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from children.consents import withdraw_consent
from ml_models.types import MarkerSheet
from scans.facts import capture_facts
from scans.models import ScanSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, health_worker):
    client.force_login(health_worker)
    return client


def film(content=b"a film"):
    return SimpleUploadedFile("film.mp4", content, content_type="video/mp4")


def scan_form(**changes):
    form = {
        "session_id": str(uuid4()),
        "posture": "lying",
        "film_lying_above": film(),
        "camera_distance_cm": "150",
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def new_scan(child):
    return reverse("scans:new", args=[child.pk])


def test_outside_the_clinic_there_is_no_scan_page(client, child, outsider):
    assert client.get(new_scan(child)).status_code == 302
    client.force_login(outsider)
    assert client.get(new_scan(child)).status_code == 404
    assert client.post(new_scan(child), scan_form()).status_code == 404


def test_without_consent_the_page_says_so_and_leads_to_it(signed_in, make_child):
    child = make_child(purposes=("care",))

    page = signed_in.get(new_scan(child)).content.decode()

    assert "has not agreed to scanning" in page
    assert reverse("child", args=[child.pk]) + "#consents" in page
    assert 'type="file"' not in page


def test_a_scan_is_stored_submitted_and_shown(signed_in, child):
    answer = signed_in.post(new_scan(child), scan_form())

    session = ScanSession.objects.get()
    assert answer.url == reverse("scan_session", args=[session.pk])
    assert session.state == ScanSession.State.QUEUED
    assert session.videos.get().scan_type == "lying_above"


def test_the_same_form_sent_twice_is_one_session(signed_in, child):
    session_id = str(uuid4())

    answers = [signed_in.post(new_scan(child), scan_form(session_id=session_id)) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert ScanSession.objects.count() == 1


def test_front_and_side_make_one_session(signed_in, make_child):
    child = make_child(age_days=1200)
    form = scan_form(
        posture="standing", film_lying_above=None, film_standing_front=film(b"1"), film_standing_side=film(b"2")
    )

    signed_in.post(new_scan(child), form)

    assert set(ScanSession.objects.get().videos.values_list("scan_type", flat=True)) == {
        "standing_front",
        "standing_side",
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"film_lying_above": None}, "film_lying_above"),
        ({"film_lying_above": film(b"")}, "film_lying_above"),
        ({"camera_distance_cm": None}, "without_scale"),
        ({"marker_used": "on"}, "marker_size_mm"),
        ({"camera_distance_cm": "3"}, "camera_distance_cm"),
    ],
    ids=["no film", "empty film", "no scale", "marker without size", "distance of 3 cm"],
)
def test_a_wrong_form_is_refused_before_anything_is_stored(signed_in, child, changes, field):
    answer = signed_in.post(new_scan(child), scan_form(**changes))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not ScanSession.objects.exists()


def test_a_printed_sheet_needs_no_size_and_reaches_the_pipeline(signed_in, child):
    answer = signed_in.post(
        new_scan(child), scan_form(camera_distance_cm=None, marker_used="on", marker_sheet="a4", marker_size_mm="")
    )

    assert answer.status_code == 302
    assert capture_facts(ScanSession.objects.get(), "lying_above").marker_sheet is MarkerSheet.A4


def test_a_sheet_of_another_scale_is_told_by_the_side_of_its_squares(signed_in, child):
    signed_in.post(new_scan(child), scan_form(marker_used="on", marker_sheet="a4", marker_size_mm="70.5"))

    facts = capture_facts(ScanSession.objects.get(), "lying_above")
    assert (facts.marker_sheet, facts.marker_size_mm) == (MarkerSheet.A4, 70.5)


def test_the_size_of_another_marker_is_refused_with_a_sheet(signed_in, child):
    answer = signed_in.post(new_scan(child), scan_form(marker_used="on", marker_sheet="a4", marker_size_mm="160"))

    assert answer.status_code == 422
    assert "72 mm" in answer.context["form"].errors["marker_size_mm"][0]
    assert not ScanSession.objects.exists()


def test_a_sheet_counts_only_while_a_marker_is_in_the_picture(signed_in, child):
    signed_in.post(new_scan(child), scan_form(marker_sheet="a3"))

    assert capture_facts(ScanSession.objects.get(), "lying_above").marker_sheet is None


def test_a_scan_without_scale_is_possible_when_it_is_wanted(signed_in, child):
    answer = signed_in.post(new_scan(child), scan_form(camera_distance_cm=None, without_scale="on"))

    assert answer.status_code == 302


def test_a_consent_withdrawn_meanwhile_is_told(signed_in, child, health_worker):
    withdraw_consent(consent=child.consents.get(purpose="scan"), withdrawn_by=health_worker)

    answer = signed_in.post(new_scan(child), scan_form())

    assert answer.status_code == 422
    assert "has not agreed to scanning" in answer.content.decode()
