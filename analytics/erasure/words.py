"""A receipt in words: what was erased, by kinds that a guardian knows, and what stays."""

from __future__ import annotations

import re
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
    """What the page of a receipt shows.

    `others`: what else was erased of the same child. `files_wait`: the store has not yet deleted every file. `sign`:
    the keyed hash in groups, to be compared by eye.
    """

    record: ErasureRecord
    clinic: str
    executed_by: str
    lines: tuple[Line, ...]
    kept: str
    others: tuple[ErasureRecord, ...]
    exported: int
    files_wait: bool
    sign: str
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
        kept=_kept(record),
        others=tuple(ErasureRecord.objects.filter(child_id=record.child_id).exclude(pk=record.pk)),
        exported=sum(len(drawn["sessions"]) for drawn in record.exported_rows),
        files_wait=files_still_there(record.pk),
        sign=" ".join(re.findall(".{8}", record.receipt_hmac)),
        is_genuine=is_genuine(record),
    )


def lines_of(counts: dict[str, int]) -> tuple[Line, ...]:
    """Return one line for each kind of record, and one for what the portal wrote for itself."""
    own = _("Notes of the portal: history, links, logs")
    shown: dict[str, int] = {}
    for table, rows in counts.items():
        name = _names().get(table, own)
        shown[name] = shown.get(name, 0) + rows
    return tuple(Line(what, rows) for what, rows in sorted(shown.items(), key=lambda item: (item[0] == own, -item[1])))


def _names() -> dict[str, str]:
    """Return the words for the tables that a guardian may ask about."""
    words = {
        "children.Child": _("The child's entry, with name and birth date"),
        "children.Guardian": _("Guardians"),
        "children.Consent": _("Consents"),
        "children.Measurement": _("Measurements"),
        "children.GrowthAssessment": _("Assessments of growth"),
        "care.Alert": _("Alerts"),
        "care.FollowUp": _("Follow-ups"),
        "scans.ScanSession": _("Scan sessions"),
        "scans.ScanVideo": _("Films"),
        "predictions.Prediction": _("Estimates of the model, with what it read from films"),
        "predictions.SessionReview": _("What a supervisor said of a film"),
        "predictions.ReviewFrame": _("Pictures taken out of films"),
        "predictions.TrainingSetMember": _("Places in sets that teach the model"),
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
