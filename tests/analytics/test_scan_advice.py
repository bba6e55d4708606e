"""A scan that gave no length says why, what to do, and is filmed again without typing anything anew."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from ml_models.quality import ReasonCode
from predictions.models import Prediction
from scans.advice import advice_on, figures_in_words, marker_warning
from scans.models import ScanSession

pytestmark = pytest.mark.django_db
FACTS = {
    "marker_used": True,
    "marker_sheet": "a4",
    "camera_distance_cm": "185.0",
    "camera_height_cm": "92.5",
    "phone_model": "Tecno Spark 10",
}


@pytest.fixture
def refused(make_session) -> ScanSession:
    """A refused session of a standing child, told with many facts."""
    session = make_session(scan_type="standing_front", **FACTS)
    now = timezone.now()
    ScanSession.objects.filter(pk=session.pk).update(state="unusable", reason="feet_cut_off", finished_at=now)
    session.refresh_from_db()
    return session


@pytest.mark.parametrize("reason", ReasonCode)
def test_every_reason_has_its_own_sentence_and_says_what_to_do(reason):
    advice = advice_on(reason, lying=False)

    assert advice.what.endswith(".")
    assert advice.do.endswith(".")
    assert "_" not in advice.what


def test_no_two_reasons_sound_the_same():
    assert len({advice_on(reason, lying=True).what for reason in ReasonCode}) == len(ReasonCode)


def test_a_standing_child_seen_from_the_wrong_side_is_not_shown_a_lying_one():
    assert advice_on("wrong_view", lying=False).wrong == ""
    assert advice_on("wrong_view", lying=True).right == "good-lying"


def test_the_refused_session_offers_to_film_again_with_everything_that_was_told(client, health_worker, refused):
    client.force_login(health_worker)
    page = client.get(reverse("scan_session", args=[refused.pk]))
    again = f"{reverse('scans:new', args=[refused.child_id])}?again={refused.pk}"

    form = client.get(again).context["form"]

    assert again in page.content.decode()
    assert form["posture"].value() == "standing"
    assert {name: str(form[name].value()) for name in FACTS} == {name: str(value) for name, value in FACTS.items()}
    assert form["session_id"].value() != refused.pk


def test_filming_again_names_the_reason_above_the_form(client, health_worker, refused):
    client.force_login(health_worker)

    page = client.get(reverse("scans:new", args=[refused.child_id]), {"again": refused.pk}).content.decode()

    assert "The feet are cut off." in page
    assert "scan_help/feet-cut" in page


@pytest.mark.parametrize("again", ["", "nonsense", "87564495-fcc1-4df4-be9b-29126b0c98ba"])
def test_an_unknown_session_leaves_the_form_empty(client, health_worker, refused, again):
    client.force_login(health_worker)

    form = client.get(reverse("scans:new", args=[refused.child_id]), {"again": again}).context["form"]

    assert form["camera_distance_cm"].value() is None


def test_facts_of_another_child_are_never_filled_in(client, health_worker, refused, make_child):
    client.force_login(health_worker)

    form = client.get(reverse("scans:new", args=[make_child().pk]), {"again": refused.pk}).context["form"]

    assert form["camera_distance_cm"].value() is None


def test_a_marker_that_stands_elsewhere_is_said_in_words(client, health_worker, child, make_scan):
    prediction = make_scan(child, cm=80.0, sd=1.5).prediction
    quality = {"lying_above": {"mean_luminance": 0.2, "marker_elsewhere": 0.83}}
    Prediction.objects.filter(pk=prediction.pk).update(quality=quality)
    client.force_login(health_worker)

    page = client.get(reverse("scan_session", args=[prediction.session_id])).content.decode()

    assert "The marker sheet seems to stand nearer to the camera or farther away than the child" in page
    assert "83\xa0%" in page
    assert marker_warning({"lying_above": {"marker_elsewhere": 0.1}}) == ""


def test_figures_near_a_limit_are_marked():
    [(film, figures)] = figures_in_words({"standing_side": {"mean_luminance": 0.02, "whole_share": 1.0, "other": 3.0}})

    assert film == "Standing, from the side"
    assert [(figure.value, figure.level) for figure in figures] == [("2\xa0%", "moderate"), ("100\xa0%", "none")]


def test_the_help_page_names_every_reason_and_both_sheets(client, health_worker):
    client.force_login(health_worker)

    page = client.get(reverse("scan_help")).content.decode()

    assert [reason for reason in ReasonCode if f'id="{reason.value}"' not in page] == []
    assert "marker-sheet-a4" in page
    assert "marker-sheet-a3" in page
