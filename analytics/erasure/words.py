"""A receipt in words: what was erased, by kinds that a guardian knows, and what stays."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.utils.translation import gettext as _

from accounts.models import Clinic, User
from analytics.erasure.ledger import is_genuine
from children.models import ErasureRecord
from scans.blob_deletions import files_still_there

Scope = ErasureRecord.Scope


@dataclass(frozen=True)
class Line:
    """One kind of rows and how many of them went."""

    what: str
    rows: int


@dataclass(frozen=True)
class ReceiptWords:
    """What the page of a receipt shows. `files_wait`: the store has not yet deleted every file."""

    record: ErasureRecord
    clinic: str
    executed_by: str
    lines: tuple[Line, ...]
    rows: int
    kept: str
    exported: int
    files_wait: bool
    is_genuine: bool


def words_of(record: ErasureRecord) -> ReceiptWords:
    """Return the receipt of `record` in words."""
    clinic = Clinic.objects.filter(pk=record.clinic_id).first()
    person = User.objects.filter(pk=record.executed_by_id).first()
    return ReceiptWords(
        record=record,
        clinic=clinic.name if clinic else "",
        executed_by=(person.get_full_name() or person.get_username()) if person else "",
        lines=lines_of(record.counts),
        rows=sum(record.counts.values()),
        kept=_kept(record),
        exported=sum(len(drawn["sessions"]) for drawn in record.exported_rows),
        files_wait=files_still_there(record.pk),
        is_genuine=is_genuine(record),
    )


def lines_of(counts: dict[str, int]) -> tuple[Line, ...]:
    """Return one line for each kind of record; all history together, and what the portal wrote for itself."""
    shown: dict[str, int] = {}
    for table, rows in counts.items():
        name = _names().get(table, _("entries in logs and history"))
        shown[name] = shown.get(name, 0) + rows
    return tuple(Line(what, rows) for what, rows in sorted(shown.items(), key=lambda item: (-item[1], item[0])))


def _names() -> dict[str, str]:
    """Return the words for the tables that a guardian may ask about."""
    words = {
        "children.Child": _("the child's entry, with name and birth date"),
        "children.Guardian": _("guardians"),
        "children.Consent": _("consents"),
        "children.ErasureRequest": _("requests to erase"),
        "children.Measurement": _("measurements"),
        "children.GrowthAssessment": _("assessments of growth"),
        "care.Alert": _("alerts"),
        "care.Alert_evidence": _("links of alerts to measurements"),
        "care.FollowUp": _("follow-ups"),
        "scans.ScanSession": _("scan sessions"),
        "scans.ScanVideo": _("films"),
        "scans.DirectUpload": _("uploads of films"),
        "scans.MediaRemoval": _("notes that films were deleted"),
        "predictions.Prediction": _("estimates of the model, with what it read from the films"),
        "predictions.TrainingSetMember": _("places in sets that teach the model"),
    }
    return {apps.get_model(label)._meta.db_table: text for label, text in words.items()}


def _kept(record: ErasureRecord) -> str:
    """Return what stays and why."""
    if record.scope == Scope.CHILD:
        return _("Nothing. No law that this programme named asks it to keep anything of the record.")
    if record.scope == Scope.CHILD_EXCEPT_CARE:
        return _("The care record (name, guardians, measurements by hand, alerts, follow-ups), because of: %(law)s") % {
            "law": record.kept_by_law
        }
    return _("The rest of the health record, because the guardian's other consents stay as they are.")
