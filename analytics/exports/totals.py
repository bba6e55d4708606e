"""Files of totals, in which no child has a row: answered at once, and noted like every other export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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
    filters = {"clinic": str(clinic.pk)} if clinic else {}
    log = log_totals(user=user, table=table, file_format=ExportLog.Format.CSV, clinic=clinic, filters=filters)
    answer = csv_answer(f"{table}.csv", header, known, bom=False)
    note_finished(log, rows=len(known))
    return answer


def log_totals(
    *, user: User, table: str, file_format: str, clinic: Clinic | None, filters: Mapping[str, str]
) -> ExportLog:
    """Write down that `user` asked for a file of totals. `clinic`: the one counted; None: all of theirs."""
    return ExportLog.objects.create(
        user=user,
        table=table,
        file_format=file_format,
        with_names=False,
        filters=dict(filters),
        clinic_ids=[clinic.pk] if clinic else list(clinics_counted_for(user).values_list("pk", flat=True)),
    )


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, bom: bool) -> HttpResponse:
    """Return the rows as a CSV file called `name`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(b"".join(csv_pieces(header, rows, bom=bom)), content_type=CSV_TYPE, headers=headers)
