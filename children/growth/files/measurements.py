"""From rows of cells to the columns that the core takes, with the errors of their cells.

An unusable cell is taken as missing and the rest of its row still counts; WHO's answer to 0 and less is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from children.growth.columns import Columns, oedema_present, position_codes, sex_codes
from children.growth.files.ages import AgeUnit, ages_by_unit_in_days, ages_in_days
from children.growth.files.cells import CellError, Reading, read_codes, read_numbers
from children.growth.files.fields import Field, Layout
from children.growth.indices import MM_PER_CM

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Words:
    """How a column of words is read; see `read_codes`."""

    codes_of: Callable[[Sequence[str]], npt.NDArray[np.generic]]
    accepted: frozenset[str]
    code: str
    advice: str


_SEX = Words(
    sex_codes,
    frozenset({*"12mf", "1.0", "2.0"}),
    "unknown_sex",
    "Known are 1, 2, m, f. It is taken as missing: no z-score.",
)
_POSITION = Words(
    position_codes,
    frozenset("lh"),
    "unknown_position",
    "Known are l (lying) and h (standing). It is taken as missing.",
)
_OEDEMA = Words(
    oedema_present,
    frozenset({*"y1n2", "1.0", "2.0"}),
    "unknown_oedema",
    "Known are y, 1, n and 2. It is taken as no oedema.",
)


def read_measurements(
    rows: Sequence[Sequence[str]], lines: Sequence[int], layout: Layout, *, decimal_comma: bool
) -> tuple[Columns, list[CellError]]:
    """Return the measurements of some rows, all as wide as the header, and the errors of their cells by line.

    Ages of unknown unit are taken in days. decimal_comma: see `read_numbers`.
    """
    reader = _Reader(rows, lines, layout, decimal_comma=decimal_comma)
    arm_cm = reader.measured(Field.ARM)
    columns = Columns.of(
        sex=reader.words(Field.SEX, _SEX).astype(np.int8),
        age_days=reader.age_days(),
        position=reader.words(Field.POSITION, _POSITION).astype(np.int8),
        oedema=reader.words(Field.OEDEMA, _OEDEMA).astype(np.bool_),
        weight_kg=reader.measured(Field.WEIGHT),
        length_height_cm=reader.measured(Field.LENGTH_HEIGHT),
        head_circumference_cm=reader.measured(Field.HEAD),
        muac_mm=None if arm_cm is None else arm_cm * MM_PER_CM,
        triceps_mm=reader.measured(Field.TRICEPS),
        subscapular_mm=reader.measured(Field.SUBSCAPULAR),
    )
    return columns, sorted(reader.errors, key=lambda error: error.line)


class _Reader:
    def __init__(
        self, rows: Sequence[Sequence[str]], lines: Sequence[int], layout: Layout, *, decimal_comma: bool
    ) -> None:
        self.errors: list[CellError] = []
        self._columns: list[tuple[str, ...]] = list(zip(*rows, strict=True))
        self._lines = lines
        self._layout = layout
        self._decimal_comma = decimal_comma

    def words(self, known: Field, words: Words) -> npt.NDArray[np.generic]:
        """Return the codes of a column of words; all missing where it is absent."""
        if known not in self._layout.places:
            return np.zeros(len(self._lines), dtype=np.int8)
        place = self._layout.places[known]
        return read_codes(
            self._columns[place],
            self._reading(place),
            codes_of=words.codes_of,
            accepted=words.accepted,
            code=words.code,
            advice=words.advice,
        )

    def measured(self, known: Field) -> FloatArray | None:
        """Return a column of measurements, None where it is absent. What is not above 0 is reported and kept."""
        if known not in self._layout.places:
            return None
        place = self._layout.places[known]
        numbers, cells, reading = self._numbers(place), self._columns[place], self._reading(place)
        if not (numbers > 0.0).all():
            for row in np.flatnonzero(numbers <= 0.0).tolist():
                reading.report(
                    row,
                    "not_positive",
                    f"{reading.column} is {cells[row].strip()}, as in no child. It is answered as WHO's software does, "
                    "or missing where that refuses it.",
                )
        return numbers

    def age_days(self) -> FloatArray | None:
        """Return the ages in days, None where the file has none."""
        age = self._layout.age
        if age is None:
            return None
        ages, reading = self._numbers(age.place), self._reading(age.place)
        if age.unit_place is not None:
            return ages_by_unit_in_days(ages, self._columns[age.unit_place], self._reading(age.unit_place), reading)
        return ages_in_days(ages, age.unit or AgeUnit.DAYS, reading)

    def _numbers(self, place: int) -> FloatArray:
        return read_numbers(self._columns[place], self._reading(place), decimal_comma=self._decimal_comma)

    def _reading(self, place: int) -> Reading:
        return Reading(self._layout.header[place].strip(), self._lines, self.errors)
