"""Our values beside WHO's own: the rows that WHO's software answered, run through this engine and compared.

Equal means: the same z to 2 decimals, the same flag, and missing where WHO's is missing. The rows are read in
`who_answers.py`; the file to download is made in `report.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.parity.who_answers import COLUMN_NAMES, RAW_SUFFIX, Derived, Output, WhoAnswers, who_answers
from children.growth.types import Index, Standard

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# The files print converted length and BMI with 15 digits; z-scores are compared exactly.
PRINTED_DIGITS = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class OutputDifferences:
    """Where one output differs from WHO's; every array has shape (n,).

    answered: WHO's software gave a value. value: both gave one, not the same. missing: one gave a value, the other did
    not. flag: the flags differ. distance: between the values before rounding, relative where they are above 1; 0 where
    both are missing, infinite where one is.
    """

    output: Output
    answered: BoolArray
    value: BoolArray
    missing: BoolArray
    flag: BoolArray
    distance: FloatArray

    @property
    def any(self) -> BoolArray:
        """Where anything differs."""
        return self.value | self.missing | self.flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many of some rows are equal in one output; `case` is None for all rows of a file."""

    standard: Standard
    output: Output
    case: str | None
    rows: int
    answered: int
    equal: int
    value_differences: int
    flag_differences: int
    missing_differences: int
    largest_distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """The result of one file: `outputs` over all rows, `cases` the same by group of rows."""

    standard: Standard
    rows: int
    equal_rows: int
    values: int
    differences: int
    outputs: tuple[Comparison, ...]
    cases: tuple[Comparison, ...]


@cache
def parity(standard: Standard) -> Parity:
    """Return how this engine compares with WHO's own answers, worked out once per process: nothing in it changes."""
    answers = who_answers(standard)
    return summarise(answers, find_differences(answers, compute_zscores(answers.columns, standard=standard)))


def find_differences(answers: WhoAnswers, table: ZScoreTable) -> tuple[OutputDifferences, ...]:
    """Return where `table`, computed from the inputs of `answers`, differs from WHO's outputs."""
    return tuple(_differences(answers, table, output) for output in COLUMN_NAMES[answers.standard])


def summarise(answers: WhoAnswers, differences: tuple[OutputDifferences, ...]) -> Parity:
    """Count the differences by output, over all rows and by case."""
    case_of_row = np.array(answers.words["case"])
    everything = np.ones(len(answers), dtype=np.bool_)
    wrong_rows = np.logical_or.reduce([part.any for part in differences])
    outputs = tuple(_count(part, everything, answers.standard, None) for part in differences)
    return Parity(
        standard=answers.standard,
        rows=len(answers),
        equal_rows=len(answers) - int(wrong_rows.sum()),
        values=sum(part.answered for part in outputs),
        differences=sum(part.rows - part.equal for part in outputs),
        outputs=outputs,
        cases=tuple(
            _count(part, case_of_row == case, answers.standard, case) for case in answers.cases for part in differences
        ),
    )


def our_values(table: ZScoreTable, output: Output) -> FloatArray:
    """Return what this engine gives for one output: z rounded, cm, kg/m2, or 0 and 1; shape (n,)."""
    if isinstance(output, Index):
        return table.column(output)
    if output is Derived.IMPLAUSIBLE_POSITION:
        return table.implausible_position.astype(np.float64)
    return table.bmi if output is Derived.BMI else table.length_height_cm


def _differences(answers: WhoAnswers, table: ZScoreTable, output: Output) -> OutputDifferences:
    name, flag_name = COLUMN_NAMES[answers.standard][output]
    ours, whos = our_values(table, output), answers.numbers(name)
    exact, flag = (ours, whos), np.zeros(len(answers), dtype=np.bool_)
    if isinstance(output, Index) and flag_name is not None:
        if output in table.indices:
            exact = table.raw[table.indices.index(output)], answers.numbers(name + RAW_SUFFIX)
        our_flags, flags = table.flag_column(output), answers.numbers(flag_name)
        flag = (our_flags != flags) & ~(np.isnan(our_flags) & np.isnan(flags))
        value = ours != whos
    else:
        value = ~np.isclose(ours, whos, rtol=PRINTED_DIGITS, atol=0.0)
    both = ~np.isnan(ours) & ~np.isnan(whos)
    return OutputDifferences(
        output=output,
        answered=~np.isnan(whos),
        value=value & both,
        missing=np.isnan(ours) != np.isnan(whos),
        flag=flag,
        distance=_distance(*exact),
    )


@np.errstate(invalid="ignore")
def _distance(ours: FloatArray, whos: FloatArray) -> FloatArray:
    """Return how far apart two values are, relative where they are above 1."""
    distance = np.abs(ours - whos) / np.maximum(1.0, np.abs(whos))
    distance[(ours == whos) | (np.isnan(ours) & np.isnan(whos))] = 0.0  # infinite, or missing, on both sides
    return np.nan_to_num(distance, nan=np.inf, posinf=np.inf)


def _count(part: OutputDifferences, rows: BoolArray, standard: Standard, case: str | None) -> Comparison:
    return Comparison(
        standard=standard,
        output=part.output,
        case=case,
        rows=int(rows.sum()),
        answered=int((part.answered & rows).sum()),
        equal=int((~part.any & rows).sum()),
        value_differences=int((part.value & rows).sum()),
        flag_differences=int((part.flag & rows).sum()),
        missing_differences=int((part.missing & rows).sum()),
        largest_distance=float(part.distance[rows].max(initial=0.0)),
    )
