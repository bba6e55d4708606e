"""Files of measurements into the record: each row goes through the same door as a form, questions included.

A row that is refused or asked back is not stored; it comes back in a file of errors that can be mended and imported
again (`import_files.py`, docs/imports.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction

from accounts.models import User
from cgm_portal.errors import DomainError
from children.import_files import FileRow, ParsedRow, Problem, RowRefused, parse_row
from children.models import Child, Measurement
from children.plausibility import AskedBack
from children.services import record_measurement


@dataclass
class ImportReport:
    """What became of the rows of a file."""

    stored: int = 0
    there_before: int = 0
    problems: dict[int, list[Problem]] = field(default_factory=dict)

    @property
    def all_in(self) -> bool:
        """Whether every row of the file is in the record now."""
        return not self.problems


def import_rows(
    rows: Sequence[FileRow], *, recorded_by: User, dry_run: bool = False, on_row: Callable[[], object] = lambda: None
) -> ImportReport:
    """Store rows, each in its own transaction, a child's oldest first, so that each is judged by those before it.

    A row that is there already (the same id and content) is left as it is. dry_run: nothing is kept, but each row sees
    the ones before it. on_row: called after each row.
    """
    report = ImportReport()
    parsed: list[ParsedRow] = []
    for row in rows:
        try:
            parsed.append(parse_row(row))
        except RowRefused as refused:
            report.problems[row.line] = refused.problems
            on_row()
    parsed.sort(key=lambda row: (row.child_code, row.measured_on, row.line))
    for code, of_child in groupby(parsed, key=lambda row: row.child_code):
        child = Child.objects.visible_to(recorded_by).filter(code=code).first()
        with _tried_only() if dry_run else nullcontext():
            for row in of_child:
                _import_row(row, child, recorded_by, report)
                on_row()
    return report


def _import_row(row: ParsedRow, child: Child | None, recorded_by: User, report: ImportReport) -> None:
    if child is None:
        message = f"There is no child {row.child_code} in a clinic of {recorded_by.get_username()}."
        report.problems[row.line] = [Problem("child", "child_not_found", message)]
        return
    there_before = Measurement.objects.filter(pk=row.measurement_id).exists()
    try:
        record_measurement(
            child=child,
            values=row.values,
            measured_on=row.measured_on,
            recorded_by=recorded_by,
            measurement_id=row.measurement_id,
            confirmed_fields=row.confirmed_fields,
        )
    except AskedBack as asked:
        report.problems[row.line] = [
            *(Problem(error.field or "", error.code, error.message) for error in asked.refusals),
            *(Problem(each.field, each.code, each.text, each.would_be) for each in asked.questions),
        ]
    except DomainError as error:
        report.problems[row.line] = [Problem(error.field or "", error.code, error.message)]
    else:
        report.there_before += there_before
        report.stored += not there_before


@contextmanager
def _tried_only() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
