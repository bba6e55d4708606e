"""`manage.py import_measurements FILE.csv --recorded-by USERNAME`: a file into the record; see docs/imports.md."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import User
from children.growth.files import FileRefused
from children.growth.files.output import refuse_same_files, written_whole
from children.import_files import FileRow, read_rows, write_errors
from children.imports import ImportReport, import_rows

SOME_ROWS_LEFT_OUT, NOTHING_DONE = 1, 2
MOST_ERRORS_SHOWN = 10
# As shells report a process that Ctrl-C ended: 128 + SIGINT.
EXIT_INTERRUPTED = 130


class Command(BaseCommand):
    """Imports measurements by hand, with the questions of the entry form as a file of errors."""

    help = (
        "Store the measurements of a CSV file, each row as if it were typed into the form. Rows that are refused or "
        "asked back go to the file of errors, to be mended and imported again. Exit code: 0 every row is in the "
        "record, 1 some are not, 2 nothing was done. Columns: docs/imports.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file and who answers for it."""
        parser.add_argument("file", metavar="FILE.csv", type=Path, help="the file to read")
        parser.add_argument(
            "--recorded-by", required=True, metavar="USERNAME", help="who records; the clinics are theirs"
        )
        parser.add_argument("--errors", metavar="FILE", type=Path, help="write the rows that were not stored here")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen; store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, say what became of the rows, and exit with the code that says it to programs."""
        user = User.objects.filter(username=options["recorded_by"], is_active=True).first()
        if user is None:
            raise CommandError(
                f"There is no active user {options['recorded_by']!r}. [unknown_user]", returncode=NOTHING_DONE
            )
        report = None
        try:
            refuse_same_files({"FILE.csv": options["file"], "--errors": options["errors"]})
            rows = read_rows(options["file"])
            with ExitStack() as files:
                errors_to = options["errors"] and files.enter_context(written_whole(options["errors"], with_bom=True))
                report = self._import(rows, user, dry_run=options["dry_run"])
                if errors_to:
                    write_errors(errors_to, rows, report.problems)
        except FileRefused as refusal:
            code = NOTHING_DONE if report is None else SOME_ROWS_LEFT_OUT
            raise CommandError(f"{refusal.message} [{refusal.code}]", returncode=code) from refusal
        except KeyboardInterrupt:
            self.stderr.write("Stopped. What was stored stays; import the file again for the rest.")
            sys.exit(EXIT_INTERRUPTED)
        self._tell(report, options["errors"], dry_run=options["dry_run"])
        if not report.all_in:
            sys.exit(SOME_ROWS_LEFT_OUT)

    def _import(self, rows: Sequence[FileRow], user: User, *, dry_run: bool) -> ImportReport:
        with tqdm(total=len(rows), unit="row", disable=None, leave=False) as bar:
            return import_rows(rows, recorded_by=user, dry_run=dry_run, on_row=bar.update)

    def _tell(self, report: ImportReport, errors_to: Path | None, *, dry_run: bool) -> None:
        would = "would be stored" if dry_run else "stored"
        left_out = len(report.problems)
        self.stdout.write(
            f"{report.stored:,} rows {would}, {report.there_before:,} there before, {left_out:,} left out."
        )
        if not left_out:
            return
        if errors_to is not None:
            self.stderr.write(f"Mend {errors_to} and import it.")
            return
        for line, problems in sorted(report.problems.items())[:MOST_ERRORS_SHOWN]:
            for problem in problems:
                self.stderr.write(f"  line {line}: {problem.message} [{problem.code}]")
        if left_out > MOST_ERRORS_SHOWN:
            self.stderr.write("  ... (--errors FILE writes them all)")
