"""Figures of pairs: what errors of known size do to them, and which scans are counted."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import Clinic
from ml_models.evaluation.agreement import standard_deviation, technical_error
from predictions.accuracy.paired_figures import paired_figures, split_rows
from predictions.accuracy.paired_rows import PairedRow, PairScope, age_band_of, paired_rows
from predictions.models import Prediction
from tests.predictions.conftest import RESEARCH

LYING = {"length_height_cm": 81.5, "position": "length"}


def row(*, by_hand_cm=80.0, error_cm=0.0, by_hand_haz=0.0, haz_error=0.0, **changed):
    fields = {
        "session_id": uuid.uuid4(),
        "child_id": uuid.uuid4(),
        "filmed_on": date(2026, 11, 1),
        "estimate_cm": by_hand_cm + error_cm,
        "by_hand_cm": by_hand_cm,
        "estimate_haz": by_hand_haz + haz_error,
        "by_hand_haz": by_hand_haz,
        "version": "tiny-0.1.0",
        "clinic": "North clinic",
        "phone_model": "Phone A",
        "sex": "F",
        "position": "length",
        "age_days": 700,
    }
    return PairedRow(**fields | changed)


def test_a_constant_error_is_all_bias_and_no_spread():
    figures = paired_figures([row(by_hand_cm=60.0 + n, error_cm=1.2) for n in range(20)])

    assert figures.bias.value == pytest.approx(1.2)
    assert figures.sd.value == pytest.approx(0.0, abs=1e-9)
    assert (figures.within[1.0].count, figures.within[1.4].count, figures.within[1.4].n) == (0, 20, 20)
    assert figures.correlation.value == pytest.approx(1.0)
    assert figures.technical_error.value == pytest.approx(1.2 / 2**0.5)


def test_an_error_of_exactly_the_limit_is_within_it():
    figures = paired_figures([row(by_hand_cm=80.1, error_cm=1.4), row(by_hand_cm=80.1, error_cm=1.41)])

    assert figures.within[1.4].count == 1


def test_what_errors_do_to_the_class_of_a_child_is_counted():
    rows = [
        *[row(by_hand_haz=-2.5) for _ in range(8)],
        *[row(by_hand_haz=-2.5, haz_error=0.7) for _ in range(2)],  # missed
        *[row(by_hand_haz=-1.0) for _ in range(28)],
        *[row(by_hand_haz=-1.8, haz_error=-0.5) for _ in range(2)],  # called in vain
        row(estimate_haz=None),  # of an age without a standard
    ]

    found = paired_figures(rows).stunting

    assert (found.sensitivity.count, found.sensitivity.n) == (8, 10)
    assert (found.specificity.count, found.specificity.n) == (28, 30)
    assert (found.ppv.count, found.ppv.n) == (8, 10)
    assert found.ppv.low < 0.8 < found.ppv.high


def test_age_flatters_the_correlation_of_lengths_but_not_of_z():
    rng = np.random.default_rng(7)
    rows = [
        row(by_hand_cm=50.0 + n, error_cm=float(rng.normal(0, 3)), by_hand_haz=z, haz_error=float(rng.normal(0, 1)))
        for n, z in enumerate(rng.normal(-1, 1, 60))
    ]

    figures = paired_figures(rows)

    assert figures.correlation.value > 0.95
    assert figures.haz_correlation.value < 0.85


def test_nothing_gives_no_number():
    figures = paired_figures([])

    assert (figures.pairs, figures.bias, figures.limits, figures.correlation) == (0, None, None, None)
    assert figures.within[1.0].value is None


def test_the_interval_of_a_spread_holds_the_truth_nineteen_times_of_twenty():
    rng = np.random.default_rng(3)
    held = {"sd": 0, "tem": 0}
    for _ in range(1000):
        errors = rng.normal(0, 1.4, 25)
        sd, tem = standard_deviation(errors), technical_error(errors)
        held["sd"] += sd.low <= 1.4 <= sd.high
        held["tem"] += tem.low <= 1.4 / 2**0.5 <= tem.high

    assert 930 <= held["sd"] <= 970
    assert 930 <= held["tem"] <= 970


@pytest.mark.parametrize(("days", "band"), [(0, "0-5"), (183, "6-11"), (730, "12-23"), (731, "24-35"), (2000, "60+")])
def test_ages_fall_into_bands_of_completed_months(days, band):
    assert age_band_of(days) == band


def test_groups_keep_every_row():
    rows = [row(sex="F"), row(sex="M"), row(sex="F")]

    assert {key: len(group) for key, group in split_rows(rows, lambda one: one.sex).items()} == {"F": 2, "M": 1}


@pytest.mark.django_db
class TestPairs:
    def test_a_scan_without_features_is_paired_by_its_measurement(self, make_scan, make_measurement, make_child):
        child = make_child(purposes=RESEARCH)
        scan = make_scan(child=child, height_cm=82.0)
        Prediction.objects.filter(pk=scan.pk).update(features={})
        make_measurement(child=child, **LYING)

        (pair,) = paired_rows(PairScope(clinics=Clinic.objects.all())).rows

        assert (pair.estimate_cm, pair.by_hand_cm, pair.position) == (82.0, 81.5, "length")
        assert pair.error_cm == pytest.approx(0.5)
        assert pair.estimate_haz > pair.by_hand_haz

    def test_filters_leave_the_others_out(self, make_scan, make_measurement, make_child, other_clinic, model_version):
        child = make_child(purposes=RESEARCH, sex="M")
        make_scan(child=child)
        make_measurement(child=child, **LYING)
        today = timezone.now().date()
        everywhere = Clinic.objects.all()

        def pairs(**asked):
            return len(paired_rows(PairScope(**({"clinics": everywhere} | asked))).rows)

        assert pairs() == 1
        assert pairs(version_id=model_version.pk, sex="M", position="length", age_band="12-23", first_day=today) == 1
        for asked in (
            {"clinics": Clinic.objects.filter(pk=other_clinic.pk)},
            {"version_id": uuid.uuid4()},
            {"phone_model": "Phone B"},
            {"sex": "F"},
            {"position": "height"},
            {"age_band": "0-5"},
            {"first_day": today + timedelta(days=1)},
            {"last_day": today - timedelta(days=1)},
        ):
            assert pairs(**asked) == 0, asked

    def test_the_number_of_queries_does_not_grow(
        self, make_scan, make_measurement, make_child, django_assert_max_num_queries
    ):
        for number in range(3):
            child = make_child(purposes=RESEARCH, name=f"Child {number}")
            make_scan(child=child)
            make_measurement(child=child, **LYING)

        with django_assert_max_num_queries(4):
            assert len(paired_rows(PairScope(clinics=Clinic.objects.all())).rows) == 3
