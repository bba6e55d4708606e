"""Rows into files: CSV as a stream of bytes, Excel row by row. Neither holds more than a chunk in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from analytics.exports.cells import safe_text

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"  # tells Excel that a CSV is UTF-8
ROWS_PER_PIECE = 500
XLSX_MOST_ROWS = 1_048_576  # of one sheet, its header included (Microsoft: Excel specifications and limits)
_DATE_FORMAT = "yyyy-mm-dd"


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Any]], *, bom: bool) -> Iterator[bytes]:
    """Yield a CSV file in pieces: comma, CRLF, UTF-8; numbers with a point, dates as 2026-01-31."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([csv_cell(value) for value in row])
        if number % ROWS_PER_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def csv_cell(value: Any) -> str:
    """Return one cell: text guarded, everything else as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, bool):
        return "y" if value else "n"
    return value.isoformat() if isinstance(value, date) else str(value)


def write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write an Excel file; beyond the rows of one sheet it goes on in the next.

    Text is written as text, never as a formula or a link; numbers and dates are typed.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        day = book.add_format({"num_format": _DATE_FORMAT})
        bold = book.add_format({"bold": True})
        sheet: Any = None
        at = XLSX_MOST_ROWS
        for row in _at_least_once(rows):
            if at >= XLSX_MOST_ROWS:
                sheet = book.add_worksheet()
                sheet.write_row(0, 0, header, bold)
                sheet.freeze_panes(1, 0)
                at = 1
            for place, value in enumerate(row):
                _write_cell(sheet, at, place, value, day)
            at += bool(row)


def _at_least_once(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield an empty row first, so that a file without rows has its header."""
    yield ()
    yield from rows


def _write_cell(sheet: Any, row: int, place: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, place, csv_cell(value))
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, place, float(value))
    elif isinstance(value, date | datetime):
        sheet.write_datetime(row, place, value, day)
    else:
        sheet.write_string(row, place, safe_text(str(value)))


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece
