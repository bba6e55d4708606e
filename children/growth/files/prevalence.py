"""A survey's file in, its prevalence table out, with the header and words of WHO's software."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from children.growth.errors import MeasurementError
from children.growth.files.errors import ErrorLog
from children.growth.files.output import refuse_same_files, written_whole
from children.growth.files.quality_file import write_quality
from children.growth.files.refusal import FileRefused
from children.growth.files.report import FileReport
from children.growth.files.source import PIECE_CHARS, OnBytes
from children.growth.files.survey_file import SurveyColumns, read_survey
from children.growth.survey import OedemaRule, concordance, estimate_prevalence, quality_report
from children.growth.types import Standard


def write_prevalence(
    source: Path,
    target: Path,
    *,
    standard: Standard | None = None,
    columns: SurveyColumns | None = None,
    oedema: OedemaRule = OedemaRule.COUNTED,
    quality_to: Path | None = None,
    errors_to: Path | None = None,
    on_bytes: OnBytes | None = None,
    piece_chars: int = PIECE_CHARS,
) -> FileReport:
    """Write `target`: the prevalence table of the survey in `source`, comma-separated, with all digits.

    standard: None: by the ages. columns: the design and the age, see SurveyColumns. quality_to: a CSV file of the
    data quality report with, where arms were measured, the concordance of criteria. errors_to, on_bytes, piece_chars:
    see `write_zscores`. Raises FileRefused and then leaves no new file.
    """
    refuse_same_files({"IN": source, "OUT": target, "the file of errors": errors_to, "the report": quality_to})
    with ExitStack() as files:
        errors = ErrorLog(None if errors_to is None else files.enter_context(written_whole(errors_to)))
        read = read_survey(
            source,
            standard=standard,
            columns=columns or SurveyColumns(),
            errors=errors,
            on_bytes=on_bytes,
            piece_chars=piece_chars,
        )
        try:
            table = estimate_prevalence(read.survey, oedema=oedema)
        except MeasurementError as error:
            raise FileRefused(error.code, error.message) from error
        if quality_to is not None:
            report = quality_report(read.survey, measurer=read.measurer)
            comparable = read.survey.standard is Standard.WHO2006 and read.survey.columns.muac_mm is not None
            criteria = concordance(read.survey) if comparable else None
            write_quality(report, criteria, files.enter_context(written_whole(quality_to)))
        out = files.enter_context(written_whole(target))
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(table.header)
        writer.writerows(_texts(row) for row in table.rows)
    notes = list(read.notes)
    if table.left_out:
        notes.append(f"{table.left_out:,} rows are left out: by age outside the standard, or not placed by the design.")
    return FileReport.of(rows=len(read.survey), notes=tuple(notes), errors=errors)


def _texts(row: Iterable[str | float | None]) -> Sequence[str]:
    return ["" if cell is None else cell if isinstance(cell, str) else repr(cell).removesuffix(".0") for cell in row]
