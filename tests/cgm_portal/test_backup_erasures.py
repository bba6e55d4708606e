"""A child erased after the backup does not come back with it: the ledger beside the backups is applied again."""

from __future__ import annotations

import pytest
from django.core.files.storage import storages

from analytics.erasure.service import execute_request
from children.erasure_requests import request_erasure
from children.models import ErasureRequest
from tests.cgm_portal.backups import answer, backup_keys, backup_place, change_file, empty_database, refusal_of

__all__ = ["backup_keys", "backup_place", "empty_database"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def erased_after_backup(backup_place, child, make_child, make_measurement, health_worker, supervisor):
    """Return the id of a child who was erased after a backup was made, and another child, who was not."""
    gone, stays = child.pk, make_child(name="Baraka Otieno", age_days=500, sex="M")
    for measured in (child, stays):
        make_measurement(child=measured, weight_kg=9.1)
    answer("backup_database")
    why = ErasureRequest.Why.GUARDIAN_REQUEST
    request = request_erasure(child=child, requested_by=health_worker, why=why)
    execute_request(request=request, executed_by=supervisor)
    return gone, stays


def test_the_drill_shows_that_an_erased_child_is_gone_again(erased_after_backup):
    report = answer("restore_drill")

    assert report["differences"] == []
    assert report["erasures"] == {"children_in_ledger": 1, "came_back": 1}
    assert "erase" in report["seconds"]


def test_a_restored_database_knows_nothing_of_an_erased_child(erased_after_backup, empty_database):
    gone, stays = erased_after_backup

    answer("restore_database", "--backup", "newest", "--into", empty_database.url)

    with empty_database.connect() as restored:
        assert restored.execute("SELECT DISTINCT name FROM children_child").fetchall() == [(stays.name,)]
        assert restored.execute("SELECT DISTINCT name FROM children_childevent").fetchall() == [(stays.name,)]
        assert restored.execute("SELECT DISTINCT child_id FROM children_measurement").fetchall() == [(stays.pk,)]
        assert restored.execute("SELECT DISTINCT child_id FROM children_erasurerecord").fetchall() == [(gone,)]


def test_a_ledger_that_somebody_changed_stops_the_restore(erased_after_backup, empty_database):
    for copy in storages["database_backups"].listdir("erasure-ledger")[1]:
        change_file(f"erasure-ledger/{copy}", lambda content: content.replace(b'"child"', b'"scan"'))

    refused = refusal_of("restore_database", "--backup", "newest", "--into", empty_database.url)

    assert "[reapply_erasures_failed]" in str(refused)
    assert "erasure_copy_forged" in str(refused)
    assert "Amina" not in str(refused)
