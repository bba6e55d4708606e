"""Files of totals, in which no child has a row: answered at once, and noted like every other export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from accounts.access import clinics_counted_for
from accounts.models import Clinic, User
from analytics.exports.making import note_finished
from analytics.exports.models import ExportLog
from analytics.exports.writers import CSV_TYPE, csv_pieces


def csv_of_totals(
    *,
    user: User,
    table: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    clinic: Clinic | None = None,
) -> HttpResponse:
    """Return `rows` as the file `<table>.csv` and note who took it. `clinic`: the one counted; None: all of theirs."""
    known = list(rows)
    log = ExportLog.objects.create(
        user=user,
        table=table,
        file_format=ExportLog.Format.CSV,
        with_names=False,
        filters={"clinic": str(clinic.pk)} if clinic else {},
        clinic_ids=[clinic.pk] if clinic else list(clinics_counted_for(user).values_list("pk", flat=True)),
    )
    content = b"".join(csv_pieces(header, known, bom=False))
    note_finished(log, rows=len(known))
    headers = {"Content-Disposition": f'attachment; filename="{table}.csv"'}
    return HttpResponse(content, content_type=CSV_TYPE, headers=headers)
