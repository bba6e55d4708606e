"""`manage.py zscores IN.csv OUT.csv`: WHO z-scores and flags for every row of a file; see docs/files.md."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from children.growth.files import write_zscores
from children.growth.files.zscores import BOTH_STANDARDS
from children.management.file_commands import AUTO, STANDARDS, FileCommand, progress_bar


class Command(FileCommand):
    """Answers a file of measurements as WHO Anthro and AnthroPlus do."""

    help = (
        "Write OUT.csv: the rows of IN.csv with z-scores and flags in the columns of WHO Anthro. Needs no database. "
        "Column names, errors and exit codes: docs/files.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what is particular to z-scores."""
        super().add_arguments(parser)
        parser.add_argument(
            "--standard",
            choices=[*STANDARDS, AUTO],
            default=AUTO,
            help="who2006: 0-5 years; who2007: 5-19 years; auto (default): the columns of both",
        )
        parser.add_argument("--raw", action="store_true", help="add the z-scores before rounding (*_raw)")

    def answer(self, options: Mapping[str, Any]) -> None:
        """Answer the file and say what became of it."""
        standard = STANDARDS.get(options["standard"])
        with progress_bar(options["source"]) as on_bytes:
            report = write_zscores(
                options["source"],
                options["target"],
                standards=BOTH_STANDARDS if standard is None else (standard,),
                with_raw=options["raw"],
                age_unit=options["age_unit"],
                errors_to=options["errors"],
                on_bytes=on_bytes,
            )
        self.tell(report, options["errors"])
        self.say(f"{report.rows:,} rows written to {options['target']}.")
