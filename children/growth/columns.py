"""Measurements as columns: what the vectorised core takes, for one child or a million.

Checks shapes and ages only. Values that a record refuses (0, negative) are allowed here, because a file is answered
as WHO's software answers it; `validation.py` guards the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from children.growth.errors import MeasurementError
from children.growth.types import Position, Sex

FloatArray = npt.NDArray[np.float64]
CodeArray = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]
Numbers = FloatArray | Sequence[float] | float | None

UNKNOWN_CODE = 0
BOY_CODE = 1
GIRL_CODE = 2
LENGTH_CODE = 1
HEIGHT_CODE = 2

SEX_CODES = {None: UNKNOWN_CODE, Sex.MALE: BOY_CODE, Sex.FEMALE: GIRL_CODE}
POSITION_CODES = {None: UNKNOWN_CODE, Position.LENGTH: LENGTH_CODE, Position.HEIGHT: HEIGHT_CODE}

_ONE_OF_CODE = tuple(np.array([code], dtype=np.int8) for code in (UNKNOWN_CODE, BOY_CODE, GIRL_CODE))
_ONE_OF_OEDEMA = (np.array([False]), np.array([True]))

# What WHO Anthro files say. Anything else is missing; for oedema, missing is no.
# 1.0 is the 1 of a column of numbers with gaps, as spreadsheets and data frames write it.
_SEX_WORDS = {"1": BOY_CODE, "1.0": BOY_CODE, "m": BOY_CODE, "2": GIRL_CODE, "2.0": GIRL_CODE, "f": GIRL_CODE}
_POSITION_WORDS = {"l": LENGTH_CODE, "h": HEIGHT_CODE}
_OEDEMA_WORDS = {"1", "1.0", "y"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """One row per measurement; every array has shape (n,). NaN and code 0 are missing; a column of None is absent.

    sex: int8, 0 missing, 1 boy, 2 girl. position: int8, 0 missing, 1 length (lying), 2 height (standing).
    age_days: float64, >= 0, not rounded: the core rounds for table rows and does not for month limits.
    """

    sex: CodeArray
    age_days: FloatArray
    position: CodeArray
    oedema: BoolArray
    weight_kg: FloatArray | None = None
    length_height_cm: FloatArray | None = None
    head_circumference_cm: FloatArray | None = None
    muac_mm: FloatArray | None = None
    triceps_mm: FloatArray | None = None
    subscapular_mm: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.age_days)

    def __getitem__(self, rows: slice) -> Columns:
        """Return the columns of some rows, as views."""
        return Columns(
            sex=self.sex[rows],
            age_days=self.age_days[rows],
            position=self.position[rows],
            oedema=self.oedema[rows],
            weight_kg=_part(self.weight_kg, rows),
            length_height_cm=_part(self.length_height_cm, rows),
            head_circumference_cm=_part(self.head_circumference_cm, rows),
            muac_mm=_part(self.muac_mm, rows),
            triceps_mm=_part(self.triceps_mm, rows),
            subscapular_mm=_part(self.subscapular_mm, rows),
        )

    @classmethod
    def of(
        cls,
        *,
        sex: CodeArray | Sequence[int] | int,
        age_days: Numbers = None,
        position: CodeArray | Sequence[int] | int = UNKNOWN_CODE,
        oedema: BoolArray | Sequence[bool] | bool = False,
        weight_kg: Numbers = None,
        length_height_cm: Numbers = None,
        head_circumference_cm: Numbers = None,
        muac_mm: Numbers = None,
        triceps_mm: Numbers = None,
        subscapular_mm: Numbers = None,
    ) -> Self:
        """Return columns of one common length; single numbers are repeated.

        Raises MeasurementError("negative_age") and ValueError when lengths differ.
        """
        ages = _floats(np.nan if age_days is None else age_days)
        if (ages < 0).any():
            raise _negative_age()
        measured = [
            None if part is None else _floats(part)
            for part in (weight_kg, length_height_cm, head_circumference_cm, muac_mm, triceps_mm, subscapular_mm)
        ]
        sexes = np.array(sex, dtype=np.int8, ndmin=1, copy=None)
        positions = np.array(position, dtype=np.int8, ndmin=1, copy=None)
        swollen = np.array(oedema, dtype=np.bool_, ndmin=1, copy=None)
        lengths = {part.size for part in (ages, sexes, positions, swollen)}
        lengths |= {part.size for part in measured if part is not None}
        n = 0 if 0 in lengths else max(lengths)
        weight, length, head, muac, triceps, subscapular = (
            None if part is None else part if part.size == n else np.broadcast_to(part, n) for part in measured
        )
        return cls(
            sex=sexes if sexes.size == n else np.broadcast_to(sexes, n),
            age_days=ages if ages.size == n else np.broadcast_to(ages, n),
            position=positions if positions.size == n else np.broadcast_to(positions, n),
            oedema=swollen if swollen.size == n else np.broadcast_to(swollen, n),
            weight_kg=weight,
            length_height_cm=length,
            head_circumference_cm=head,
            muac_mm=muac,
            triceps_mm=triceps,
            subscapular_mm=subscapular,
        )

    @classmethod
    def one(
        cls,
        *,
        sex: Sex | None,
        age_days: float | None,
        position: Position | None,
        oedema: bool,
        weight_kg: float | None = None,
        length_height_cm: float | None = None,
        head_circumference_cm: float | None = None,
        muac_mm: float | None = None,
    ) -> Self:
        """Return the columns of one child: what `of` gives, in a tenth of the time.

        Raises MeasurementError("negative_age").
        """
        if age_days is not None and age_days < 0:
            raise _negative_age()
        measured = (age_days, weight_kg, length_height_cm, head_circumference_cm, muac_mm)
        age, weight, length, head, muac = np.array([[np.nan if value is None else value] for value in measured])
        return cls(
            sex=_ONE_OF_CODE[SEX_CODES[sex]],
            age_days=age,
            position=_ONE_OF_CODE[POSITION_CODES[position]],
            oedema=_ONE_OF_OEDEMA[oedema],
            weight_kg=None if weight_kg is None else weight,
            length_height_cm=None if length_height_cm is None else length,
            head_circumference_cm=None if head_circumference_cm is None else head,
            muac_mm=None if muac_mm is None else muac,
        )


def sex_codes(words: Sequence[str]) -> CodeArray:
    """Return the codes of 1, 2, m, f, M, F; 0 for any other word."""
    return np.array([_SEX_WORDS.get(word.strip().lower(), UNKNOWN_CODE) for word in words], dtype=np.int8)


def position_codes(words: Sequence[str]) -> CodeArray:
    """Return the codes of l, h, L, H; 0 for any other word."""
    return np.array([_POSITION_WORDS.get(word.strip().lower(), UNKNOWN_CODE) for word in words], dtype=np.int8)


def oedema_present(words: Sequence[str]) -> BoolArray:
    """Tell which words mean oedema: y, Y, 1. Everything else, also an empty word, is no."""
    return np.array([word.strip().lower() in _OEDEMA_WORDS for word in words], dtype=np.bool_)


def _negative_age() -> MeasurementError:
    return MeasurementError(
        "negative_age", "The age is negative. Check the date of birth and of the visit.", field="age_days"
    )


def _part(column: FloatArray | None, rows: slice) -> FloatArray | None:
    return None if column is None else column[rows]


def _floats(values: FloatArray | Sequence[float] | float) -> FloatArray:
    return np.array(values, dtype=np.float64, ndmin=1, copy=None)
