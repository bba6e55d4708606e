"""Reads the rows that WHO's own software computed (children/growth/data/expected); numbers parsed exactly, missing is NaN."""

from __future__ import annotations

import csv
import hashlib
from functools import cache

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import Columns, oedema_present, position_codes, sex_codes
from children.growth.tables import DATA_FOLDER

WHO_FILE = DATA_FOLDER / "expected" / "zscores_0_5y.csv"
WHO_FILE_SHA256 = "d4054d258b3dc883b3d15a7c67de7617ea8d1dd688f4c2f6214c59e5c823b1ac"


@cache
def who_rows() -> dict[str, list[str]]:
    """Return the file as text, column by column."""
    assert hashlib.sha256(WHO_FILE.read_bytes()).hexdigest() == WHO_FILE_SHA256
    with WHO_FILE.open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def numbers(name: str) -> npt.NDArray[np.float64]:
    """Return one column as numbers."""
    return np.array([float(word) if word else np.nan for word in who_rows()[name]])


@cache
def who_columns() -> Columns:
    """Return the inputs of the file as the core takes them; WHO's files hold arm circumference in cm."""
    rows = who_rows()
    in_months = np.array([unit == "months" for unit in rows["age_unit"]])
    return Columns.of(
        sex=sex_codes(rows["sex"]),
        age_days=np.where(in_months, numbers("age") * DAYS_PER_MONTH, numbers("age")),
        position=position_codes(rows["measure"]),
        oedema=oedema_present(rows["oedema"]),
        weight_kg=numbers("weight"),
        length_height_cm=numbers("lenhei"),
        head_circumference_cm=numbers("headc"),
        muac_mm=numbers("armc") * 10.0,
        triceps_mm=numbers("triskin"),
        subscapular_mm=numbers("subskin"),
    )
