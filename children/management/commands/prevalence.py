"""`manage.py prevalence IN.csv OUT.csv`: the prevalence table of a survey's file; see docs/files.md."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from children.growth.files import SurveyColumns, write_prevalence
from children.growth.survey import OedemaRule
from children.management.file_commands import AUTO, STANDARDS, FileCommand, progress_bar


class Command(FileCommand):
    """Estimates prevalences as WHO Anthro's survey analyser does."""

    help = (
        "Write OUT.csv: prevalence by group with standard errors and confidence limits, in the columns of WHO Anthro's "
        "survey analyser. Needs no database. Column names, errors and exit codes: docs/files.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the design of the sample."""
        super().add_arguments(parser)
        parser.add_argument(
            "--standard",
            choices=[*STANDARDS, AUTO],
            default=AUTO,
            help="who2006: 0-5 years; who2007: 5-19 years; auto (default): the one that serves more of the children",
        )
        parser.add_argument("--age", metavar="COL", help="column of the age; found by its name if not given")
        parser.add_argument("--sampling-weight", metavar="COL", help="column of sampling weights")
        parser.add_argument("--cluster", metavar="COL", help="column of clusters (primary sampling units)")
        parser.add_argument("--strata", metavar="COL", help="column of strata")
        parser.add_argument("--quality", metavar="FILE", type=Path, help="write a report of data quality here, as CSV")
        parser.add_argument("--measurer", metavar="COL", help="column of who measured: the report is by measurer, too")
        parser.add_argument(
            "--leave-out-oedema",
            action="store_true",
            help="count children with oedema by their weight, as the UNICEF/WHO/World Bank estimates do since 2019",
        )

    def answer(self, options: Mapping[str, Any]) -> None:
        """Estimate, and say what became of the file."""
        with progress_bar(options["source"]) as on_bytes:
            report = write_prevalence(
                options["source"],
                options["target"],
                standard=STANDARDS.get(options["standard"]),
                columns=SurveyColumns(
                    age=options["age"],
                    age_unit=options["age_unit"],
                    sampling_weight=options["sampling_weight"],
                    cluster=options["cluster"],
                    strata=options["strata"],
                    measurer=options["measurer"],
                ),
                oedema=OedemaRule.LEFT_OUT if options["leave_out_oedema"] else OedemaRule.COUNTED,
                quality_to=options["quality"],
                errors_to=options["errors"],
                on_bytes=on_bytes,
            )
        self.tell(report, options["errors"])
        self.say(f"Prevalence of {report.rows:,} rows written to {options['target']}.")
