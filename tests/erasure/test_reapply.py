"""After a restore the records are done again; at any other time doing them again changes nothing."""

from __future__ import annotations

import json
import shutil

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from children.consents import give_consent
from children.models import Child, Consent, ErasureRecord, Guardian, Measurement
from predictions.models import Prediction
from scans.models import ScanSession, ScanVideo
from tests.predictions.conftest import RESEARCH

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring_back(health_worker, clinic, django_db_blocker):
    """Return what a restored backup does: the child is there again, as before its erasure."""

    def run(child_id, code: str) -> Child:
        child = Child.objects.create(
            id=child_id,
            code=code,
            clinic=clinic,
            name="Amina Yusuf",
            sex="F",
            born_on=timezone.localdate(),
            registered_by=health_worker,
        )
        Guardian.objects.create(child=child, name="Halima Yusuf")
        return child

    return run


def reapply(capsys) -> str:
    call_command("reapply_erasures")
    return capsys.readouterr().out


def test_a_child_that_a_backup_brought_back_goes_again(child, erase, bring_back, capsys):
    child_id, code = child.pk, child.code
    erase(child)
    bring_back(child_id, code)

    said = reapply(capsys)

    assert not Child.objects.filter(pk=child_id).exists()
    assert not Guardian.pgh_event_model.objects.filter(child_id=child_id).exists()
    assert " 0 rows" not in said
    assert "0 rows erased again" in reapply(capsys)


def test_a_record_that_only_the_copy_knows_is_taken_up_and_done(child, erase, bring_back, capsys):
    child_id, code = child.pk, child.code
    record = erase(child)
    ErasureRecord.objects.all().delete()
    bring_back(child_id, code)

    reapply(capsys)

    again = ErasureRecord.objects.get(pk=record.pk)
    assert not Child.objects.filter(pk=child_id).exists()
    assert (again.receipt_hmac, again.counts) == (record.receipt_hmac, record.counts)


def test_a_withdrawn_scan_that_a_backup_brought_back_is_withdrawn_again(make_child, make_scan, withdraw, capsys):
    child = make_child(purposes=RESEARCH)
    record = withdraw(child, "scan")
    Consent.objects.filter(pk=record.consent_id).update(withdrawn_at=None, withdrawn_by=None)
    make_scan(child=child)

    reapply(capsys)

    assert Consent.objects.get(pk=record.consent_id).withdrawn_at == record.executed_at
    assert not Prediction.objects.exists()
    assert not ScanVideo.objects.exists()
    assert not Measurement.objects.exists()


def test_what_was_agreed_to_after_the_erasure_stays(make_child, make_scan, withdraw, health_worker, capsys):
    child = make_child(purposes=RESEARCH)
    withdraw(child, "scan")
    withdraw(child, "research_training")
    for purpose in ("scan", "research_training"):
        give_consent(child=child, purpose=purpose, recorded_by=health_worker)
    make_scan(child=child)

    said = reapply(capsys)

    assert "0 rows erased again" in said
    assert ScanSession.objects.get().state == "succeeded"
    assert Consent.objects.live().filter(child=child).count() == 3


def test_a_copy_that_we_did_not_sign_is_refused_and_nothing_is_changed(child, make_child, erase, ledger_folder):
    record = erase(child)
    other = make_child(name="Other")
    copy = ledger_folder / f"{record.pk}.json"
    forged = json.loads(copy.read_text()) | {"child_id": str(other.pk), "id": str(other.pk)}
    (ledger_folder / "forged.json").write_text(json.dumps(forged))

    with pytest.raises(CommandError, match="erasure_copy_forged"):
        call_command("reapply_erasures")

    assert Child.objects.filter(pk=other.pk).exists()
    (ledger_folder / "forged.json").unlink()


def test_copies_that_cannot_be_read_stop_the_command(child, erase, ledger_folder):
    erase(child)
    shutil.rmtree(ledger_folder)
    ledger_folder.write_text("not a folder")

    with pytest.raises(CommandError, match="erasure_copies_unreadable"):
        call_command("reapply_erasures")
    ledger_folder.unlink()


def test_another_key_does_not_pass_for_ours(child, erase, settings):
    erase(child)
    settings.ERASURE_HASH_KEY = "another key, long enough to be one"

    with pytest.raises(CommandError, match="erasure_copy_forged"):
        call_command("reapply_erasures")
