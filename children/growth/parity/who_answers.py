"""WHO's own answers: the rows that WHO's software computed, read from `data/expected/` and verified by sha256.

They are compared with this engine's in `comparison.py`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import Columns, oedema_present, position_codes, sex_codes
from children.growth.indices import MM_PER_CM
from children.growth.tables import DATA_FOLDER, read_manifest, read_verified
from children.growth.types import Index, Standard

FloatArray = npt.NDArray[np.float64]

EXPECTED_FOLDER = DATA_FOLDER / "expected"
FILES = {Standard.WHO2006: "zscores_0_5y.csv", Standard.WHO2007: "zscores_5_19y.csv"}
MADE_WITH = {
    Standard.WHO2006: "WHO's R package anthro 1.1.0",
    Standard.WHO2007: "WHO's R package anthroplus 1.0.0",
}
MISSING_WORDS = ("", "NA")
RAW_SUFFIX = "_raw"


class Derived(StrEnum):
    """What WHO's software gives beside the z-scores."""

    LENGTH_HEIGHT = "length_height"  # after the conversion between lying and standing, cm
    BMI = "bmi"  # kg/m2
    IMPLAUSIBLE_POSITION = "implausible_position"  # standing under 9 months, 0 or 1


Output = Index | Derived

# WHO's names of the columns: the value, and for a z-score its flag.
COLUMN_NAMES: dict[Standard, dict[Output, tuple[str, str | None]]] = {
    Standard.WHO2006: {
        Index.HAZ: ("zlen", "flen"),
        Index.WAZ: ("zwei", "fwei"),
        Index.WHZ: ("zwfl", "fwfl"),
        Index.BAZ: ("zbmi", "fbmi"),
        Index.HCZ: ("zhc", "fhc"),
        Index.ACZ: ("zac", "fac"),
        Index.TSZ: ("zts", "fts"),
        Index.SSZ: ("zss", "fss"),
        Derived.LENGTH_HEIGHT: ("clenhei", None),
        Derived.BMI: ("cbmi", None),
        Derived.IMPLAUSIBLE_POSITION: ("c9mo_flag", None),
    },
    Standard.WHO2007: {
        Index.HAZ: ("zhfa", "fhfa"),
        Index.WAZ: ("zwfa", "fwfa"),
        Index.BAZ: ("zbfa", "fbfa"),
        Derived.BMI: ("cbmi", None),
    },
}
INPUT_NAMES = {
    Standard.WHO2006: (
        "sex",
        "age",
        "age_unit",
        "weight",
        "lenhei",
        "measure",
        "headc",
        "armc",
        "triskin",
        "subskin",
        "oedema",
    ),
    Standard.WHO2007: ("sex", "age_months", "height_cm", "weight_kg", "oedema"),
}


@dataclass(frozen=True, slots=True, eq=False)
class WhoAnswers:
    """One file of WHO's own answers. words: the file as text, by column; columns: its inputs as the core takes them."""

    standard: Standard
    sha256: str
    words: Mapping[str, tuple[str, ...]]
    columns: Columns

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of the groups of rows, in the order of the file."""
        return tuple(dict.fromkeys(self.words["case"]))

    def row_of(self, row_id: str) -> int | None:
        """Return the place of the row with this `id`, or None."""
        return self.words["id"].index(row_id) if row_id in self.words["id"] else None

    def row(self, place: int) -> WhoAnswers:
        """Return the answers of one row alone."""
        words = {name: (column[place],) for name, column in self.words.items()}
        return WhoAnswers(self.standard, self.sha256, words, self.columns[place : place + 1])

    def numbers(self, name: str) -> FloatArray:
        """Return one column as numbers, shape (n,); missing is NaN."""
        return _numbers(self.words[name])


@cache
def who_answers(standard: Standard) -> WhoAnswers:
    """Return WHO's own answers by one standard. Raises TablesError when the file is not the one of the manifest."""
    return load_answers(EXPECTED_FOLDER, standard)


def load_answers(folder: Path, standard: Standard) -> WhoAnswers:
    """Read and verify one file of answers in `folder`. Raises TablesError."""
    manifest = read_manifest(folder)
    text = read_verified(folder, FILES[standard], manifest).decode("ascii")
    header, *rows = csv.reader(io.StringIO(text))
    words = dict(zip(header, zip(*rows, strict=True), strict=True))
    make_columns = _columns_0_5 if standard is Standard.WHO2006 else _columns_5_19
    return WhoAnswers(standard, manifest[FILES[standard]], words, make_columns(words))


def _columns_0_5(words: Mapping[str, tuple[str, ...]]) -> Columns:
    """Return the inputs of WHO Anthro's file: arm circumference in cm, age in days or months."""
    in_months = np.array(words["age_unit"]) == "months"
    age = _numbers(words["age"])
    return Columns.of(
        sex=sex_codes(words["sex"]),
        age_days=np.where(in_months, age * DAYS_PER_MONTH, age),
        position=position_codes(words["measure"]),
        oedema=oedema_present(words["oedema"]),
        weight_kg=_numbers(words["weight"]),
        length_height_cm=_numbers(words["lenhei"]),
        head_circumference_cm=_numbers(words["headc"]),
        muac_mm=_numbers(words["armc"]) * MM_PER_CM,
        triceps_mm=_numbers(words["triskin"]),
        subscapular_mm=_numbers(words["subskin"]),
    )


def _columns_5_19(words: Mapping[str, tuple[str, ...]]) -> Columns:
    """Return the inputs of WHO AnthroPlus's file: age in months, always standing."""
    return Columns.of(
        sex=sex_codes(words["sex"]),
        age_days=_numbers(words["age_months"]) * DAYS_PER_MONTH,
        oedema=oedema_present(words["oedema"]),
        weight_kg=_numbers(words["weight_kg"]),
        length_height_cm=_numbers(words["height_cm"]),
    )


def _numbers(words: tuple[str, ...]) -> FloatArray:
    return np.array([np.nan if word in MISSING_WORDS else float(word) for word in words])
