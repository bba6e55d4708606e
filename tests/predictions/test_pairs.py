"""What makes a pair of a scan and a manual measurement, and what does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from children.consents import give_consent, withdraw_consent
from children.models import Child, Consent
from children.services import void_measurement
from predictions.models import Prediction
from predictions.pairs import find_pairs, scans_with_features, with_research_consent
from tests.predictions.conftest import RESEARCH

pytestmark = pytest.mark.django_db
LYING = {"length_height_cm": 81.5, "position": "length"}


@pytest.fixture
def consenting(make_child):
    return make_child(purposes=RESEARCH)


def withdraw(child, purpose, user):
    withdraw_consent(consent=Consent.objects.get(child=child, purpose=purpose), withdrawn_by=user)


def test_a_scan_is_paired_with_the_nearest_length_by_hand(make_scan, make_measurement, consenting):
    scan = make_scan(child=consenting, hours_ago=1)
    make_measurement(child=consenting, days_ago=1, **LYING)
    nearest = make_measurement(child=consenting, weight_kg=10.2, muac_mm=140, **LYING)

    (pair,) = find_pairs(scans_with_features()).pairs

    assert (pair.prediction, pair.measurement) == (scan, nearest)
    assert pair.hours_apart == pytest.approx(1.0, abs=0.05)
    assert pair.truth == {"height_cm": 81.5, "weight_kg": 10.2, "muac_mm": 140.0}


@pytest.mark.parametrize(
    ("hours_ago", "values", "reason"),
    [
        (25, LYING, "not_measured"),
        (0, {"weight_kg": 10.2}, "not_measured"),
        (0, {"length_height_cm": 80.8, "position": "height"}, "other_position"),
        (0, {"length_height_cm": 55.0, "position": "length"}, "flagged"),
    ],
)
def test_what_is_no_pair_is_counted_by_reason(make_scan, make_measurement, consenting, hours_ago, values, reason):
    make_scan(child=consenting, hours_ago=hours_ago)
    make_measurement(child=consenting, **values)

    selection = find_pairs(scans_with_features())

    assert (selection.pairs, dict(selection.left_out)) == ([], {reason: 1})


def test_a_voided_length_by_hand_makes_no_pair(make_scan, make_measurement, consenting, supervisor):
    make_scan(child=consenting)
    wrong = make_measurement(child=consenting, **LYING)

    void_measurement(measurement=wrong, voided_by=supervisor, reason="Another child")

    assert dict(find_pairs(scans_with_features()).left_out) == {"not_measured": 1}


def test_a_voided_scan_makes_no_pair(make_scan, make_measurement, consenting, supervisor):
    scan = make_scan(child=consenting)
    make_measurement(child=consenting, **LYING)

    void_measurement(measurement=scan.measurement, voided_by=supervisor, reason="Film of another child")

    assert dict(find_pairs(scans_with_features()).left_out) == {"scan_void": 1}


def test_features_of_a_child_whose_birth_date_was_put_right_make_no_pair(make_scan, make_measurement, consenting):
    make_scan(child=consenting)
    make_measurement(child=consenting, **LYING)
    Child.objects.filter(pk=consenting.pk).update(born_on=consenting.born_on - timedelta(days=30))

    assert dict(find_pairs(scans_with_features()).left_out) == {"child_changed": 1}


def test_one_childs_length_never_pairs_with_anothers_scan(make_scan, make_measurement, make_child):
    make_scan(child=make_child(purposes=RESEARCH, name="One"))
    make_measurement(child=make_child(purposes=RESEARCH, name="Two"), **LYING)

    assert find_pairs(scans_with_features()).pairs == []


def test_a_withdrawn_scanning_consent_takes_the_scan_out(make_scan, consenting, health_worker):
    make_scan(child=consenting)

    withdraw(consenting, "scan", health_worker)

    assert not scans_with_features().exists()


def test_research_consent_must_be_live_and_may_be_given_again(make_scan, consenting, health_worker):
    make_scan(child=consenting)
    withdraw(consenting, "research_training", health_worker)
    assert not with_research_consent(scans_with_features()).exists()

    give_consent(child=consenting, purpose="research_training", recorded_by=health_worker)

    assert with_research_consent(scans_with_features()).count() == 1


def test_scans_without_features_are_no_candidates(make_scan, consenting):
    Prediction.objects.filter(pk=make_scan(child=consenting).pk).update(features={})

    assert not scans_with_features().exists()


def test_pairs_take_the_same_few_queries_for_any_number_of_scans(
    make_scan, make_measurement, make_child, django_assert_num_queries
):
    for number in range(4):
        child = make_child(purposes=RESEARCH, name=f"Child {number}")
        make_scan(child=child)
        make_measurement(child=child, measured_on=timezone.localdate(), **LYING)

    with django_assert_num_queries(3):
        selection = find_pairs(scans_with_features())

    assert (len(selection.pairs), selection.children) == (4, 4)
