"""A file read as a survey: measurements, the design of the sample, the groups. The whole file is held in memory.

What is estimated from it is decided in `children.growth.survey`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH, REFERENCE_LAST_MONTHS, STANDARD_ENDS_MONTHS
from children.growth.columns import Columns
from children.growth.errors import MeasurementError
from children.growth.files.ages import AgeUnit
from children.growth.files.cells import Reading, is_missing, read_numbers
from children.growth.files.errors import ErrorLog
from children.growth.files.fields import Layout, unknown_column
from children.growth.files.measurements import read_measurements
from children.growth.files.refusal import FileRefused
from children.growth.files.source import PIECE_CHARS, OnBytes
from children.growth.files.table import Rows, Table, open_table
from children.growth.survey import Grouping, Survey, survey_of
from children.growth.survey.sample import LabelWords
from children.growth.types import Standard

FloatArray = npt.NDArray[np.float64]
Word = str | None

# WHO's names in input files, and their words in its tables. Source: anthro_prevalence of WHO's R package anthro.
GROUPING_NAMES = {
    Grouping.AREA: ("typeres", "area"),
    Grouping.REGION: ("gregion", "geographical region"),
    Grouping.WEALTH: ("wealthq", "wealth quintile"),
    Grouping.EDUCATION: ("mothered", "maternal education"),
    Grouping.OTHER: ("othergr", "other grouping"),
}

# Weights may be counts of people, or DHS's with six decimals left out.
LARGEST_WEIGHT = 1e15

# Whole numbers from here on are not all different as floats: labels of so many digits stay words.
_LARGEST_EXACT = 2.0**53


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyColumns:
    """Which columns an option names; None: not used, or for the age found by its name.

    age_unit: of the ages, whatever the file says.
    """

    age: str | None = None
    age_unit: AgeUnit | None = None
    sampling_weight: str | None = None
    cluster: str | None = None
    strata: str | None = None
    measurer: str | None = None


@dataclass(frozen=True, slots=True)
class ReadSurvey:
    """A survey, who measured each child if a column says so, and what a user should hear of how it was read."""

    survey: Survey
    measurer: LabelWords | None
    notes: tuple[str, ...]


def read_survey(
    source: Path,
    *,
    standard: Standard | None,
    columns: SurveyColumns,
    errors: ErrorLog,
    on_bytes: OnBytes | None = None,
    piece_chars: int = PIECE_CHARS,
) -> ReadSurvey:
    """Read a file as a survey; rows whose cells are shifted are left out.

    standard: None: the one that serves more of the children. Raises FileRefused, also for a column that is not there,
    for weights below 0, and for ages of which nothing tells the unit.
    """
    with open_table(
        source, age_name=columns.age, age_unit=columns.age_unit, on_bytes=on_bytes, piece_chars=piece_chars
    ) as table:
        layout = table.layout
        gathered = _Gathered(table, columns)
        for rows in table.rows():
            gathered.add(rows, errors)
    measurements, notes = gathered.measurements(), list(layout.notes)
    if layout.age is not None and layout.age.unit_is_unknown:
        unit = _unit_by_size(measurements.age_days, standard, name=layout.age.name)
        notes.append(f"The ages in {layout.age.name} are taken in {unit}, by their size (--age-unit decides).")
        if unit is AgeUnit.MONTHS:
            measurements = replace(measurements, age_days=measurements.age_days * DAYS_PER_MONTH)
    if standard is None:
        standard = _standard_of_most(measurements.age_days / DAYS_PER_MONTH)
        notes.append(f"The standard is {standard}, by the ages (--standard decides).")
    try:
        survey = survey_of(
            measurements,
            standard=standard,
            sampling_weight=gathered.weights(),
            cluster=gathered.labels(columns.cluster),
            strata=gathered.labels(columns.strata),
            groupings={grouping: gathered.words[place] for grouping, place in gathered.groupings.items()},
        )
    except MeasurementError as error:
        raise FileRefused(error.code, error.message) from error
    return ReadSurvey(survey, gathered.labels(columns.measurer), tuple(notes))


class _Gathered:
    """The columns of a survey, collected piece by piece."""

    def __init__(self, table: Table, columns: SurveyColumns) -> None:
        self._table = table
        self._layout = table.layout
        self._weight_place = None if columns.sampling_weight is None else self._place(columns.sampling_weight)
        self.groupings = _groupings(self._layout)
        named = [self._place(name) for name in (columns.cluster, columns.strata, columns.measurer) if name]
        self.words: dict[int, list[Word]] = {place: [] for place in (*named, *self.groupings.values())}
        self._columns: list[Columns] = []
        self._weights: list[FloatArray] = []

    def add(self, rows: Rows, errors: ErrorLog) -> None:
        """Take some rows, without the shifted ones."""
        shifted = set(rows.shifted)
        cells = [row for place, row in enumerate(rows.cells) if place not in shifted]
        lines = [line for place, line in enumerate(rows.lines) if place not in shifted]
        decimal_comma = self._table.decimal_comma
        found = list(rows.errors)
        if cells:
            columns, of_cells = read_measurements(cells, lines, self._layout, decimal_comma=decimal_comma)
            self._columns.append(columns)
            found += of_cells
            for place, words in self.words.items():
                words += [None if is_missing(row[place]) else row[place].strip() for row in cells]
            if self._weight_place is not None:
                reading = Reading(self._layout.header[self._weight_place].strip(), lines, found)
                weights = [row[self._weight_place] for row in cells]
                self._weights.append(
                    read_numbers(weights, reading, decimal_comma=decimal_comma, largest=LARGEST_WEIGHT)
                )
        errors.add(sorted(found, key=lambda error: error.line))

    def measurements(self) -> Columns:
        """Return the measurements of all rows."""
        if not self._columns:
            raise FileRefused("survey_empty", "The file has no row that can be counted.")
        joined: dict[str, Any] = {}
        for part in fields(Columns):
            arrays = [getattr(columns, part.name) for columns in self._columns]
            joined[part.name] = None if arrays[0] is None else np.concatenate(arrays)
        return Columns(**joined)

    def weights(self) -> FloatArray | None:
        """Return the sampling weights, NaN where missing, or None if no option names them."""
        return np.concatenate(self._weights) if self._weights else None

    def labels(self, name: str | None) -> LabelWords | None:
        """Return the labels in a column, None if no option names it: numbers if all are, so that 7.0 is 7."""
        if name is None:
            return None
        words = self.words[self._place(name)]
        try:
            numbers = np.array([np.nan if word is None else float(word) for word in words])
        except ValueError:
            return words
        return words if (np.abs(numbers) >= _LARGEST_EXACT).any() else numbers

    def _place(self, name: str) -> int:
        place = self._layout.place_of_column(name)
        if place is None:
            raise unknown_column(name, self._layout.header)
        return place


def _groupings(layout: Layout) -> dict[Grouping, int]:
    """Return the places of WHO's groupings that the file has."""
    found = {}
    for grouping, names in GROUPING_NAMES.items():
        places = [place for name in names if (place := layout.place_of_column(name)) is not None]
        if places:
            found[grouping] = places[0]
    return found


def _unit_by_size(ages: FloatArray, standard: Standard | None, *, name: str) -> AgeUnit:
    """Return the unit that the middle one of the ages has: slips and codes such as 9999 don't move it.

    In months it is at most 60, or 228 by WHO 2007; a middle age that could be either is refused.
    """
    known = ages[~np.isnan(ages)]
    middle = float(np.median(known)) if len(known) else np.nan
    if middle <= STANDARD_ENDS_MONTHS:
        return AgeUnit.MONTHS
    if middle <= REFERENCE_LAST_MONTHS and standard is None:
        raise FileRefused(
            "age_unit_unknown",
            f"Half of the ages in {name} are up to {middle:g}: months of schoolchildren or days of infants. Say which "
            "with --age-unit.",
        )
    in_months = middle <= REFERENCE_LAST_MONTHS and standard is Standard.WHO2007
    return AgeUnit.MONTHS if in_months else AgeUnit.DAYS


def _standard_of_most(months: FloatArray) -> Standard:
    young = int((months < STANDARD_ENDS_MONTHS).sum())
    older = int(((months >= STANDARD_ENDS_MONTHS) & (months <= REFERENCE_LAST_MONTHS)).sum())
    return Standard.WHO2007 if older > young else Standard.WHO2006
