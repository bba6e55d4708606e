"""A guardian's wish: a worker records it, a supervisor executes it, and nothing of the child is left."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone
from pghistory import context as history_context
from pghistory.models import Context

from analytics.aggregates.models import GrowthCell
from analytics.aggregates.refresh import refresh_touched
from analytics.erasure.ledger import is_genuine
from analytics.erasure.scopes import DECLARED
from analytics.erasure.service import execute_request
from cgm_portal.errors import DomainError
from children.consents import give_consent
from children.erasure_requests import decline_erasure, request_erasure
from children.erasure_rows import event_models, rows_of, whole_history_of
from children.models import Child, ErasureRecord, ErasureRequest, Guardian, Measurement
from children.registration import update_child
from predictions.models import TrainingSet
from scans.blob_deletions import keep_promises
from scans.models import BlobDeletion, ScanSession
from tests.predictions.conftest import RESEARCH

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(make_child, make_measurement, make_scan, supervisor, health_worker) -> Child:
    """A child with something in every table."""
    child = make_child(age_days=500, purposes=RESEARCH)
    make_measurement(child=child, weight_kg=7.0, muac_mm=112)
    make_scan(child=child, height_cm=80.0)
    session = ScanSession.objects.get(child=child)
    drawn = TrainingSet.objects.create(
        name="first", purpose="teaching", ethics_reference="EC 1", rows=1, children=1, created_by=supervisor
    )
    drawn.members.create(session=session, child_pseudonym="c1", session_pseudonym="s1", features_sha256="0" * 64)
    LogEntry.objects.log_actions(supervisor.pk, [session], CHANGE, "Queued again.", single_object=True)
    with history_context(url=f"/children/{child.pk}/", user=str(health_worker.pk)):
        update_child(child=child, changes={"name": "Another name"}, changed_by=health_worker)
    return child


def traces_of(child_id) -> dict[str, int]:
    rows = rows_of(child_id, DECLARED)
    found = {**rows, **whole_history_of(child_id, rows, DECLARED)}
    return {model._meta.label: len(keys) for model, keys in found.items() if keys}


def test_no_row_no_history_and_no_log_is_left(known, erase):
    assert traces_of(known.pk)
    assert Context.objects.filter(metadata__url__icontains=str(known.pk)).exists()

    record = erase(known)

    assert traces_of(known.pk) == {}
    for events in event_models():
        if "pgh_obj" in {field.name for field in events._meta.fields}:
            dangling = events.objects.filter(pgh_obj_id=known.pk) if events.pgh_tracked_model is Child else ()
            assert not list(dangling)
    assert not LogEntry.objects.exists()
    assert not Context.objects.filter(metadata__url__icontains=str(known.pk)).exists()
    assert record.scope == "child"


def test_history_of_rows_deleted_before_goes_too(known, erase):
    guardian = Guardian.objects.create(child=known, name="Left long ago")
    guardian.delete()
    assert Guardian.pgh_event_model.objects.filter(name="Left long ago").exists()

    erase(known)

    assert not Guardian.pgh_event_model.objects.filter(name="Left long ago").exists()


def test_a_context_shared_with_another_child_forgets_the_address(known, make_child, erase, health_worker):
    other = make_child(name="Other")
    with history_context(url=f"/children/{known.pk}/join/", user=str(health_worker.pk)):
        update_child(child=known, changes={"name": "One"}, changed_by=health_worker)
        update_child(child=other, changes={"name": "Two"}, changed_by=health_worker)

    erase(known)

    shared = other.events.order_by("-pgh_id").first().pgh_context
    assert shared.metadata == {"user": str(health_worker.pk)}


def test_files_go_with_what_no_row_knows(known, erase, film_folder):
    folder = film_folder / f"children/{known.pk}"
    storages["scan_videos"].save(f"children/{known.pk}/sessions/lost/standing_front.mp4", ContentFile(b"orphan"))
    assert folder.exists()

    erase(known)

    assert not folder.exists()


def test_another_child_stays_whole(known, make_child, make_scan, make_measurement, erase, film_folder):
    other = make_child(name="Other", purposes=RESEARCH)
    make_measurement(child=other, weight_kg=9.0)
    scan = make_scan(child=other)
    before = traces_of(other.pk)

    erase(known)

    assert traces_of(other.pk) == before
    assert (film_folder / scan.session.videos.get().file.name).exists()


def test_totals_forget_the_child(known, erase):
    refresh_touched()
    assert sum(GrowthCell.objects.values_list("children", flat=True)) == 1

    erase(known)
    refresh_touched()

    assert sum(GrowthCell.objects.values_list("children", flat=True)) == 0


def test_the_record_holds_ids_counts_and_hashes_and_is_signed(known, erase, ledger_folder):
    name, code = known.name, known.code

    record = ErasureRecord.objects.get(pk=erase(known).pk)

    copy = (ledger_folder / f"{record.pk}.json").read_text()
    assert record.counts["children_child"] == 1
    assert record.counts["children_measurement"] == 1  # the estimate went with its consent, by a record of its own
    assert record.mirrored_at is not None
    assert is_genuine(record)
    assert not [word for word in (name, code, "Halima", "Another name", "+254") if word in copy]
    record.counts = {"children_child": 2}
    assert not is_genuine(record)


def test_a_law_that_the_programme_names_keeps_the_care_record(known, erase, programme):
    programme.care_record_kept_by_law = "Health Records Act, section 12"
    programme.save()

    record = erase(known)

    assert (record.scope, record.kept_by_law) == ("child_except_care", "Health Records Act, section 12")
    assert Child.objects.filter(pk=known.pk).exists()
    assert set(Measurement.objects.values_list("source", flat=True)) == {"manual"}
    assert ErasureRequest.objects.get(child=known).state == "executed"


def test_a_worker_records_and_only_a_supervisor_of_the_clinic_executes(known, health_worker, supervisor):
    wish = request_erasure(child=known, requested_by=health_worker, why="guardian_request")

    with pytest.raises(DomainError) as refused:
        execute_request(request=wish, executed_by=health_worker)

    assert refused.value.code == "not_supervisor"
    assert execute_request(request=wish, executed_by=supervisor).requested_by_id == health_worker.pk


def test_the_same_request_is_not_executed_twice(known, erase, supervisor):
    wish = request_erasure(child=known, requested_by=supervisor, why="guardian_request")
    execute_request(request=wish, executed_by=supervisor)

    with pytest.raises(DomainError) as refused:
        execute_request(request=wish, executed_by=supervisor)

    assert refused.value.code == "erasure_ended"
    assert ErasureRecord.objects.filter(scope="child").count() == 1


def test_asking_twice_is_one_request_and_stops_scans_at_once(known, make_session, health_worker):
    session = make_session(child=known)

    first = request_erasure(child=known, requested_by=health_worker, why="guardian_request")
    again = request_erasure(child=known, requested_by=health_worker, why="guardian_request")

    session.refresh_from_db()
    assert first == again
    assert session.state == "cancelled"


def test_a_declined_request_keeps_the_record_and_asks_for_consent_anew(known, health_worker, supervisor):
    wish = request_erasure(child=known, requested_by=health_worker, why="guardian_request")

    decline_erasure(request=wish, declined_by=supervisor, reason="another child was meant")

    assert give_consent(child=known, purpose="care", recorded_by=health_worker).withdrawn_at is None
    assert request_erasure(child=known, requested_by=health_worker, why="guardian_request") != wish


def test_what_a_phone_still_writes_below_the_child_goes_until_its_permission_has_run_out(known, erase, film_folder):
    record = erase(known)
    late = storages["scan_videos"].save(f"children/{known.pk}/sessions/late/late.part", ContentFile(b"late"))
    promise = BlobDeletion.objects.get(erasure_id=record.pk)

    keep_promises(now=timezone.now())
    assert not (film_folder / late).exists()
    assert BlobDeletion.objects.filter(pk=promise.pk).exists()
    keep_promises(now=promise.watch_until)
    assert not BlobDeletion.objects.filter(pk=promise.pk).exists()
