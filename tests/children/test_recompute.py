"""Assessments of an older engine are brought up to the present one; nothing that was once shown is lost."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from care.models import Alert
from children.growth import ENGINE_VERSION, GrowthInput, Index, RiskLevel, Sex, assess
from children.management.commands import recompute_assessments
from children.models import GrowthAssessment, Measurement
from children.recompute import changes_since, children_to_recompute, recompute_child
from children.tasks import recompute_children_task

pytestmark = pytest.mark.django_db

OLDER = "0.9.0"


@pytest.fixture
def make_outdated(make_child, make_measurement):
    """Return a maker of a measurement whose assessment in force has an older engine and a wrong WAZ."""

    def make(*, waz: str = "-9.99", **given: object) -> Measurement:
        measurement = make_measurement(child=make_child(age_days=540), **{"weight_kg": 9.1, **given})
        GrowthAssessment.objects.filter(measurement=measurement).update(engine_version=OLDER, waz=Decimal(waz))
        return measurement

    return make


def right_waz(measurement: Measurement) -> Decimal:
    child = measurement.child
    data = GrowthInput(
        sex=Sex(child.sex), age_days=child.age_days_on(measurement.measured_on), weight_kg=float(measurement.weight_kg)
    )
    return Decimal(str(assess(data).zscores[Index.WAZ].value))


def run(**options: object) -> None:
    call_command("recompute_assessments", **options)


def test_old_values_stay_readable_beside_the_new_ones(make_outdated):
    measurement = make_outdated()

    run(here=True)

    old, new = measurement.assessments.order_by("computed_at")
    assert (old.is_current, old.engine_version, old.waz) == (False, OLDER, Decimal("-9.99"))
    assert (new.is_current, new.engine_version) == (True, ENGINE_VERSION)
    assert new.waz > Decimal("-4")


def test_a_second_run_changes_nothing(make_outdated, capsys):
    measurement = make_outdated()
    run(here=True)

    run(here=True)

    assert measurement.assessments.count() == 2
    assert f"Every assessment in force is of engine {ENGINE_VERSION}" in capsys.readouterr().out


def test_what_a_stopped_run_left_is_done_by_the_next(make_outdated):
    first, second = make_outdated(), make_outdated()
    recompute_child(first.child_id)

    assert list(children_to_recompute()) == [second.child]
    run(here=True)

    assert not children_to_recompute().exists()
    assert first.assessments.count() == second.assessments.count() == 2


def test_a_dry_run_counts_and_changes_nothing(make_outdated, capsys):
    measurement = make_outdated()

    run(here=True, dry_run=True)

    assert measurement.assessments.get().engine_version == OLDER
    assert "1" in capsys.readouterr().out


def test_void_measurements_are_left_as_they_were(make_outdated, supervisor):
    measurement = make_outdated()
    Measurement.objects.filter(pk=measurement.pk).update(
        state=Measurement.State.VOID, ended_at=measurement.recorded_at, ended_by=supervisor, end_reason="twice"
    )

    run(here=True)

    assert measurement.assessments.get().engine_version == OLDER


def test_the_command_tells_what_changed(make_outdated, capsys):
    make_outdated()
    unchanged = make_outdated()
    GrowthAssessment.objects.filter(measurement=unchanged).update(waz=right_waz(unchanged))

    run(here=True)

    assert "2 measurements assessed anew; 1 have another z-score, 0 another answer" in capsys.readouterr().out


@pytest.mark.parametrize("waz", [None, Decimal("1.23")])
def test_a_z_score_that_was_missing_or_another_one_counts_as_changed(make_outdated, capsys, waz):
    measurement = make_outdated()
    GrowthAssessment.objects.filter(measurement=measurement).update(waz=waz)

    run(here=True)

    assert "1 have another z-score" in capsys.readouterr().out


def test_an_answer_that_becomes_another_one_raises_its_alert(make_outdated):
    measurement = make_outdated(weight_kg=9.1, length_height_cm=80.0, position="length", muac_mm=112)
    Alert.objects.all().delete()
    GrowthAssessment.objects.filter(measurement=measurement).update(risk_level=RiskLevel.NONE, rows=[], acute="none")

    run(here=True)

    assert Alert.objects.get().criterion == Alert.Criterion.MUAC


def test_an_unchanged_answer_opens_no_alert_that_a_person_closed(make_outdated):
    make_outdated(weight_kg=9.1, length_height_cm=80.0, position="length", muac_mm=112)
    Alert.objects.all().delete()

    run(here=True)

    assert not Alert.objects.exists()


def test_a_value_that_the_engine_refuses_keeps_the_others_going(make_outdated, caplog):
    refused, fine = make_outdated(), make_outdated()
    Measurement.objects.filter(pk=refused.pk).update(weight_kg=Decimal("0.1"))

    run(here=True)

    assert list(children_to_recompute()) == [refused.child]
    assert fine.assessments.filter(engine_version=ENGINE_VERSION).exists()
    assert str(refused.child_id) in caplog.text
    assert "out_of_limits" in caplog.text


def test_a_child_that_is_gone_keeps_the_others_going(make_outdated):
    fine = make_outdated()

    recompute_children_task([str(uuid.uuid4()), str(fine.child_id)])

    assert fine.assessments.filter(engine_version=ENGINE_VERSION).exists()


def test_without_a_worker_the_command_says_so(make_outdated, monkeypatch):
    make_outdated()
    monkeypatch.setattr(recompute_assessments, "STALLED_SECONDS", 0.0)

    with pytest.raises(CommandError, match="Is a `default` worker running"):
        run()


def test_changes_are_none_before_anything_was_done(make_outdated):
    measurement = make_outdated()

    assert changes_since(measurement.recorded_at).assessed == 0
