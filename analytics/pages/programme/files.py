"""The tables of programme pages as files: CSV and Excel, in no language, each written down in the log of exports."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils import timezone

from accounts.models import User
from analytics.aggregates.questions import Scope
from analytics.exports.making import note_finished
from analytics.exports.models import ExportLog
from analytics.exports.totals import csv_answer, log_totals
from analytics.exports.writers import XLSX_TYPE, write_xlsx
from children.growth.survey import Share

SHARE_COLUMNS = ("cases", "n", "share", "low_95", "high_95")
SHARE_DECIMALS = 5


@dataclass(frozen=True)
class FileTable:
    """One table of a page as a file: `key` stands in the address and in the name of the file."""

    key: str
    header: Sequence[str]
    rows: Sequence[Sequence[Any]]


def share_cells(share: Share) -> list[Any]:
    """Return SHARE_COLUMNS of a share: counts, then shares of 0 to 1; empty where there is no child."""
    parts = (share.value, share.low, share.high)
    return [share.count, share.n, *(None if part is None else round(part, SHARE_DECIMALS) for part in parts)]


def file_answer(
    *, user: User, tables: Sequence[FileTable], key: str, file_format: str, page: str, scope: Scope
) -> HttpResponseBase:
    """Answer with the table `key` as a file and log it. Raises Http404 for a table or format that does not exist."""
    table = next((table for table in tables if table.key == key), None)
    if table is None or file_format not in ExportLog.Format.values:
        raise Http404
    log = log_totals(
        user=user,
        table=f"programme_{page}_{key}",
        file_format=file_format,
        clinic=scope.clinic,
        filters=_filters(scope),
    )
    name = f"programme-{page}-{key}-{timezone.localdate():%Y-%m-%d}.{file_format}"
    if file_format == ExportLog.Format.CSV:
        answer: HttpResponseBase = csv_answer(name, table.header, table.rows, bom=True)
    else:
        answer = _xlsx(table, name)
    note_finished(log, rows=len(table.rows))
    return answer


def _xlsx(table: FileTable, name: str) -> FileResponse:
    with tempfile.TemporaryDirectory(prefix="cgm-programme-") as folder:
        path = Path(folder) / "table.xlsx"
        write_xlsx(path, table.header, table.rows)
        return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX_TYPE)


def _filters(scope: Scope) -> dict[str, str]:
    given = {
        "clinic": scope.clinic.pk if scope.clinic else "",
        "since": scope.first_month.isoformat(),
        "until": scope.last_month.isoformat(),
        "area": scope.area,
        "sex": scope.sex,
        "age_group": scope.age_group,
    }
    return {name: str(value) for name, value in given.items() if value}
