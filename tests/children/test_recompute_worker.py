"""The command hands the work to real workers, and a killed worker loses nothing."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from children import recompute
from children.growth import ENGINE_VERSION
from children.management.commands import recompute_assessments
from children.models import GrowthAssessment
from children.recompute import children_to_recompute
from tests.servers import process_env, start_worker, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CHILDREN = 40


def test_workers_bring_all_up_to_date_though_one_is_killed(make_child, make_measurement, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(recompute, "CHILDREN_PER_BATCH", 2)
    monkeypatch.setattr(recompute_assessments, "POLL_SECONDS", 0.1)
    for _child in range(CHILDREN):
        make_measurement(child=make_child(age_days=540), weight_kg=9.1)
    GrowthAssessment.objects.update(engine_version="0.9.0")
    env = process_env(database=connection.settings_dict["NAME"])
    for child_ids in recompute.batches():
        recompute_assessments.recompute_children_task.delay(list(child_ids))

    doomed = start_worker(queue="default", env=env, logs=tmp_path / "doomed")
    wait_until(lambda: children_to_recompute().count() < CHILDREN, what="the first child done")
    doomed.kill()
    worker = start_worker(queue="default", env=env, logs=tmp_path / "worker")
    call_command("recompute_assessments")
    worker.terminate()

    assert not children_to_recompute().exists()
    assert GrowthAssessment.objects.filter(is_current=True, engine_version=ENGINE_VERSION).count() == CHILDREN
    assert GrowthAssessment.objects.filter(is_current=False).count() == CHILDREN
