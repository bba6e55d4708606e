"""The tables of WHO 2006 and WHO 2007: L (power), M (median) and S (coefficient of variation), loaded once, verified.

A table whose sha256 differs from `data/manifest.sha256` is refused: a z-score from an altered table is worse than
none. Origin and licence: `data/SOURCES.md`. What is computed with the tables: `lms.py` and `indices.py`.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from children.growth.errors import TablesError
from children.growth.types import Index

FloatArray = npt.NDArray[np.float64]

DATA_FOLDER = Path(__file__).parent / "data"
MANIFEST_NAME = "manifest.sha256"

# WHO's software uses no row beyond day 1826: a z-score needs an unrounded age below 60 months (1826.25 days).
LAST_DAY = 1826

# Row k of the stacked day tables belongs to AGE_INDICES[k].
AGE_INDICES = (Index.HAZ, Index.WAZ, Index.BAZ, Index.HCZ, Index.ACZ, Index.TSZ, Index.SSZ)
AGE_TABLE_FILES = {
    Index.HAZ: "who2006_lhfa.csv",
    Index.WAZ: "who2006_wfa.csv",
    Index.BAZ: "who2006_bfa.csv",
    Index.HCZ: "who2006_hcfa.csv",
    Index.ACZ: "who2006_acfa.csv",
    Index.TSZ: "who2006_tsfa.csv",
    Index.SSZ: "who2006_ssfa.csv",
}
LENGTH_TABLE_FILE = "who2006_wfl.csv"
HEIGHT_TABLE_FILE = "who2006_wfh.csv"

# Range of weight-for-length and weight-for-height, cm, both ends included; rows every 0.1 cm.
HEIGHT_TABLE_CM = (65.0, 120.0)
LENGTH_TABLE_CM = (45.0, 110.0)
ROWS_PER_CM = 10
HEIGHT_TABLE_ROWS = 551
LENGTH_TABLE_ROWS = 651

# WHO 2007 counts completed months and is straight between them; the last row is reached from the one before it.
MONTH_INDICES = (Index.HAZ, Index.WAZ, Index.BAZ)
MONTH_TABLE_FILES = {
    Index.HAZ: "who2007_hfa.csv",
    Index.WAZ: "who2007_wfa.csv",
    Index.BAZ: "who2007_bfa.csv",
}
FIRST_MONTH = 60
MONTH_TABLE_ROWS = 170  # 60-229


# Slots of one index by age and by month; each block ends with a slot for missing rows.
AGE_BLOCK = 2 * (LAST_DAY + 1) + 1
MONTH_BLOCK = 2 * MONTH_TABLE_ROWS + 1


@dataclass(frozen=True, slots=True)
class WhoTables:
    """All LMS parameters, flat, so that one number finds a row.

    age: float64, shape (3, 7 * AGE_BLOCK): L, M, S of WHO 2006 over (index in AGE_INDICES; sex boy/girl, day 0-1826,
    then one slot of NaN for missing ages); NaN where there is no row (arm and skinfolds before day 91).
    weight: float64, shape (6, 2 * 2 * 651 + 1): L, M, S, then their steps to the next row, over (height/length table,
    sex, 0.1 cm from the table's first row); NaN beyond the 551 rows of the height table and in the last slot.
    month: float64, shape (6, 3 * MONTH_BLOCK): the same of WHO 2007 over (index in MONTH_INDICES; sex, month 60-229,
    then one slot of NaN); NaN where there is no row (weight after month 121).
    """

    age: FloatArray
    weight: FloatArray
    month: FloatArray


@cache
def who_tables() -> WhoTables:
    """Return the tables, read and verified at the first call. Raises TablesError when a file is not as tested."""
    return load_tables(DATA_FOLDER)


def load_tables(folder: Path) -> WhoTables:
    """Read and verify the tables in `folder`. Raises TablesError."""
    expected = read_manifest(folder)
    age = np.full((len(AGE_INDICES), 2, LAST_DAY + 1, 3), np.nan)
    for k, index in enumerate(AGE_INDICES):
        name = AGE_TABLE_FILES[index]
        rows = _read_table(folder, name, expected)
        rows = rows[rows[:, 1] <= LAST_DAY]
        age[k, rows[:, 0].astype(int) - 1, rows[:, 1].astype(int)] = rows[:, 2:]
    weight = np.full((2, 2, LENGTH_TABLE_ROWS, 3), np.nan)
    for table, (name, (low, _)) in enumerate(
        ((HEIGHT_TABLE_FILE, HEIGHT_TABLE_CM), (LENGTH_TABLE_FILE, LENGTH_TABLE_CM))
    ):
        rows = _read_table(folder, name, expected)
        weight[table, rows[:, 0].astype(int) - 1, np.round((rows[:, 1] - low) * ROWS_PER_CM).astype(int)] = rows[:, 2:]
    month = np.full((len(MONTH_INDICES), 2, MONTH_TABLE_ROWS, 3), np.nan)
    for k, index in enumerate(MONTH_INDICES):
        rows = _read_table(folder, MONTH_TABLE_FILES[index], expected)
        month[k, rows[:, 0].astype(int) - 1, rows[:, 1].astype(int) - FIRST_MONTH] = rows[:, 2:]
    return WhoTables(
        age=_flat(age.reshape(len(AGE_INDICES), -1, 3)),
        weight=_flat(_with_steps(weight).reshape(1, -1, 6)),
        month=_flat(_with_steps(month).reshape(len(MONTH_INDICES), -1, 6)),
    )


def age_lms(index: Index, *, sex_row: int) -> FloatArray:
    """Return L, M, S per day of one age-based index, shape (3, 1827); sex_row 0 = boy, 1 = girl."""
    k = AGE_INDICES.index(index)
    days = who_tables().age.reshape(3, len(AGE_INDICES), AGE_BLOCK)[:, k, :-1]
    return days.reshape(3, 2, LAST_DAY + 1)[:, sex_row]


def weight_lms(*, lying: bool, sex_row: int) -> FloatArray:
    """Return L, M, S of weight-for-length (lying) or -height by 0.1 cm, shape (3, 651) or (3, 551)."""
    rows = who_tables().weight[:3, :-1].reshape(3, 2, 2, LENGTH_TABLE_ROWS)[:, int(lying), sex_row]
    return rows if lying else rows[:, :HEIGHT_TABLE_ROWS]


def _with_steps(rows: FloatArray) -> FloatArray:
    """Append to L, M, S, shape (..., rows, 3), the steps to the next row: shape (..., rows, 6); NaN after the last."""
    steps = np.full_like(rows, np.nan)
    steps[..., :-1, :] = np.diff(rows, axis=-2)
    return np.concatenate([rows, steps], axis=-1)


def _flat(tables: FloatArray) -> FloatArray:
    """End each block of shape (blocks, rows, parameters) with a row of NaN, bring the parameters to the front."""
    missing = np.full((len(tables), 1, tables.shape[-1]), np.nan)
    ended = np.concatenate([tables, missing], axis=1)
    out = np.ascontiguousarray(np.moveaxis(ended, -1, 0).reshape(tables.shape[-1], -1))
    out.setflags(write=False)
    return out


def verify_data(folder: Path = DATA_FOLDER) -> None:
    """Compare every file of the manifest with its sha256; a start of the portal does. Raises TablesError."""
    expected = read_manifest(folder)
    for name in expected:
        read_verified(folder, name, expected)


def read_manifest(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a data folder by its name. Raises TablesError without a manifest."""
    try:
        lines = (folder / MANIFEST_NAME).read_text(encoding="ascii").splitlines()
    except FileNotFoundError as error:
        raise TablesError(f"{folder / MANIFEST_NAME} is missing: restore children/growth/data from git.") from error
    return {name: sha for sha, name in (line.split() for line in lines if line.strip())}


def read_verified(folder: Path, name: str, expected: dict[str, str]) -> bytes:
    """Return the content of one file whose sha256 is the manifest's. Raises TablesError."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise TablesError(f"{folder / name} is missing: restore children/growth/data from git.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected.get(name):
        raise TablesError(
            f"{folder / name} has sha256 {found}, the manifest says {expected.get(name, 'nothing')}: "
            "the WHO table was altered or cut. Restore children/growth/data from git."
        )
    return content


def _read_table(folder: Path, name: str, expected: dict[str, str]) -> FloatArray:
    """Read the columns sex, age or length, L, M, S of one verified table."""
    content = io.BytesIO(read_verified(folder, name, expected))
    return np.loadtxt(content, delimiter=",", skiprows=1, dtype=np.float64, ndmin=2)
