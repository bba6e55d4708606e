"""Makes files of exports: as a stream in the answer, or in the background into private storage."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import storages
from django.db.models import Q
from django.utils import timezone

from analytics.exports.layouts import TABLES
from analytics.exports.models import ExportJob, ExportLog
from analytics.exports.scope import Filters, Scope, scope_of
from analytics.exports.tables import Table
from analytics.exports.writers import csv_pieces, write_xlsx

LINK_LIFE = timedelta(hours=24)
STALE = timedelta(hours=2)  # a job that says nothing for so long has lost its worker
ROWS_PER_REPORT = 5000
State = ExportJob.State


def exports_storage() -> Any:
    """Return the private storage of files of exports."""
    return storages["exports"]


def streamed_csv(log: ExportLog, table: Table, scope: Scope, filters: Filters, *, bom: bool) -> Iterator[bytes]:
    """Yield the pieces of a CSV file and note in `log` how many rows went out, once all have."""
    counted = _Counted(table.read(scope, filters))
    yield from csv_pieces(table.header, counted, bom=bom)
    note_finished(log, rows=counted.rows)


def xlsx_file(log: ExportLog, table: Table, scope: Scope, filters: Filters) -> Any:
    """Return an open Excel file, which is gone once it is closed, and note its rows in `log`."""
    with tempfile.TemporaryDirectory(prefix="cgm-export-") as folder:
        path = Path(folder) / "export.xlsx"
        counted = _Counted(table.read(scope, filters))
        write_xlsx(path, table.header, counted)
        note_finished(log, rows=counted.rows)
        return path.open("rb")


def note_finished(log: ExportLog, *, rows: int) -> None:
    """Complete the entry of the log."""
    ExportLog.objects.filter(pk=log.pk).update(rows=rows, finished_at=timezone.now())


def make_export(job_id: UUID) -> None:
    """Make the file of a waiting job. Does nothing where another worker has it; safe to run twice.

    What the person may see is asked again: a role that ended meanwhile gives no rows.
    """
    claimed = ExportJob.objects.filter(pk=job_id, state=State.QUEUED).update(state=State.RUNNING)
    if not claimed:
        return
    job = ExportJob.objects.select_related("log__user").get(pk=job_id)
    log, made = job.log, False
    try:
        name, rows = _write_to_storage(job)
        note_finished(log, rows=rows)
        ready = ExportJob.objects.filter(pk=job_id, state=State.RUNNING).update(
            state=State.READY, file_name=name, done_rows=rows, expires_at=timezone.now() + LINK_LIFE
        )
        made = bool(ready)
        if not made:  # withdrawn meanwhile
            exports_storage().delete(name)
    finally:
        if not made:
            ExportJob.objects.filter(pk=job_id, state=State.RUNNING).update(state=State.FAILED)


def delete_ended_files() -> int:
    """Delete files whose link has ended or that were withdrawn; fail what lost its worker. Return how many files."""
    now = timezone.now()
    ended = Q(state=State.READY, expires_at__lte=now) | Q(state=State.WITHDRAWN)
    deleted = 0
    for job in ExportJob.objects.filter(ended):
        if job.file_name:
            exports_storage().delete(job.file_name)
            deleted += 1
        ExportJob.objects.filter(pk=job.pk).update(state=State.DELETED)
    stale = ExportJob.objects.filter(state__in=(State.RUNNING, State.QUEUED), log__started_at__lt=now - STALE)
    stale.update(state=State.FAILED)
    return deleted


def _write_to_storage(job: ExportJob) -> tuple[str, int]:
    """Write the file into storage; return its name there and its rows."""
    log = job.log
    table, filters = TABLES[log.table], Filters.from_json(log.filters)
    allowed = scope_of(log.user, clinic=filters.clinic)
    asked = set(log.clinic_ids)
    scope = Scope(named=allowed.named & asked, coded=allowed.coded & asked)
    counted = _Counted(table.read(scope, filters), report=lambda rows: _report(job.pk, rows))
    with tempfile.TemporaryDirectory(prefix="cgm-export-") as folder:
        path = Path(folder) / f"export.{log.file_format}"
        if log.file_format == ExportLog.Format.XLSX:
            write_xlsx(path, table.header, counted)
        else:
            _write_csv(path, table.header, counted)
        with path.open("rb") as content:
            name = exports_storage().save(f"{job.pk}.{log.file_format}", File(content))
    return name, counted.rows


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("wb") as file:
        file.writelines(csv_pieces(header, rows, bom=True))


def _report(job_id: UUID, rows: int) -> None:
    ExportJob.objects.filter(pk=job_id).update(done_rows=rows)


class _Counted:
    """Rows that are counted while they pass; `report` hears of it now and then."""

    def __init__(self, rows: Iterable[Sequence[Any]], report: Any = None) -> None:
        self.rows = 0
        self._source, self._report = rows, report

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._source:
            self.rows += 1
            if self._report is not None and self.rows % ROWS_PER_REPORT == 0:
                self._report(self.rows)
            yield row
