"""From the text of a column to numbers and codes, and an error for each cell that is not what it should be.

Columns of plain numbers are converted at once; only columns with something else are looked at cell by cell. A number is
what Python's float() makes of it: nothing is rounded on the way in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
CodeArray = npt.NDArray[np.int8]

MISSING = "na"  # in any case; an empty cell, too

# No age in days, weight, length or skinfold of a child, in whatever unit, has seven digits.
LARGEST_NUMBER = 1e6
LONGEST_SHOWN = 40

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
# "1,234.5", "1 200", "1'200": what a spreadsheet shows, or writes, of a number from a thousand on.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:([ .,'\u2019\u00a0\u202f])\d{3})(?:\1\d{3})*(?:[.,]\d+)?", re.ASCII)
# Names of months as Excel abbreviates them in English, French, Spanish, Portuguese and German.
_MONTH = (
    r"(?:jan|ene|feb|fev|fév|mar|mär|mrz|apr|abr|avr|may|mai|jun|jui|jul|aug|ago|aoû|sep|set|oct|okt|out|nov|dec|déc|dez|"
    r"dic)[^\W\d_]*"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_DATE = re.compile(
    rf"(?:\d{{1,4}}[-./ ]{_MONTH}\.?(?:[-./ ]\d{{2,4}})?|{_MONTH}\.?[-./ ]\d{{1,4}}"
    rf"|\d{{1,4}}([-./])\d{{1,2}}\1\d{{1,4}})(?:[ T]{_TIME})?|\d{{1,2}}/\d{{1,2}}|{_TIME}",
    re.IGNORECASE,
)
_AS_FLOAT_READS = {"": "nan", "NA": "nan"}


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell, or row, that could not be used as it stands. line: in the file, from 1. column: "" for a whole row."""

    line: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The circumstances of some cells of one column. lines: of each cell. errors: new ones are added to it."""

    column: str
    lines: Sequence[int]
    errors: list[CellError]

    def report(self, row: int, code: str, message: str) -> None:
        """Add an error of one cell, `row` counted from the first cell."""
        self.errors.append(CellError(self.lines[row], self.column, code, message))


def is_missing(cell: str) -> bool:
    """Tell if a cell says nothing: empty, or NA as R writes it."""
    word = cell.strip()
    return not word or word.lower() == MISSING


def read_numbers(
    cells: Sequence[str], reading: Reading, *, decimal_comma: bool, largest: float = LARGEST_NUMBER
) -> FloatArray:
    """Return one column as numbers, shape (n,); NaN where missing or not usable, with an error for the latter.

    decimal_comma: "12,5" means 12.5, as in files whose cells are separated by something else. largest: on either side
    of 0; what is beyond is not usable.
    """
    missing = cells.count("") + cells.count("NA")
    words = [_AS_FLOAT_READS.get(cell, cell) for cell in cells] if missing else cells
    together = "".join(words)
    # float() also takes "1_000" and digits of other scripts, which are no numbers in a table.
    if together.isascii() and "_" not in together:
        try:
            numbers = np.array(list(map(float, words)))
        except ValueError:
            pass
        else:
            usable = int((np.abs(numbers) <= largest).sum())
            if missing + usable == len(numbers):
                return numbers
    return np.array(
        [
            _read_number(cell, row, reading, decimal_comma=decimal_comma, largest=largest)
            for row, cell in enumerate(cells)
        ]
    )


def read_codes(
    cells: Sequence[str],
    reading: Reading,
    *,
    codes_of: Callable[[Sequence[str]], npt.NDArray[np.generic]],
    accepted: Collection[str],
    code: str,
    advice: str,
) -> npt.NDArray[np.generic]:
    """Return one column of words as codes, shape (n,).

    codes_of: of words, with the missing code for unknown ones. accepted: known words in lower case. code, advice: of
    the error of any other word.
    """
    words = list(set(cells))
    known = dict(zip(words, codes_of(words), strict=True))
    wrong = {word for word in words if not is_missing(word) and word.strip().lower() not in accepted}
    if wrong:
        for row, cell in enumerate(cells):
            if cell in wrong:
                reading.report(row, code, f"{reading.column} is {shown(cell)}. {advice}")
    return np.array([known[cell] for cell in cells])


def shown(cell: str) -> str:
    """Return the text of a cell as it is quoted in a sentence."""
    return repr(cell if len(cell) <= LONGEST_SHOWN else cell[:LONGEST_SHOWN] + "...")


def _read_number(cell: str, row: int, reading: Reading, *, decimal_comma: bool, largest: float) -> float:
    word = cell.strip()
    if is_missing(word):
        return np.nan
    if decimal_comma and _DECIMAL_COMMA.fullmatch(word):
        word = word.replace(",", ".")
    if not _NUMBER.fullmatch(word):
        code, why = _what_is_wrong(word)
        reading.report(row, code, f"{reading.column} is {shown(cell)}: {why} It is taken as missing.")
        return np.nan
    number = float(word)
    if abs(number) > largest:
        reading.report(
            row,
            "number_too_large",
            f"{reading.column} is {shown(cell)}; the largest number that is read is {largest:,.0f}. It is taken "
            "as missing.",
        )
        return np.nan
    return number


def _what_is_wrong(word: str) -> tuple[str, str]:
    if _DATE.fullmatch(word):
        return "date_in_number", "a date, perhaps made of a number by a spreadsheet."
    if _DECIMAL_COMMA.fullmatch(word):
        return "decimal_comma", "write a decimal point, and no mark between thousands."
    if _THOUSANDS.fullmatch(word):
        return "thousands_separator", "write it without a mark between thousands."
    if word.lstrip("+-").lower() in {"nan", "inf", "infinity"}:
        return "not_finite", "not a number that can be computed with."
    return "not_a_number", "not a number."
