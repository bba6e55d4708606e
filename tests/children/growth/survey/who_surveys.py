"""Reads WHO's survey files and the prevalence tables that WHO's software made of them; missing is None."""

from __future__ import annotations

import csv
import hashlib
from functools import cache
from pathlib import Path

import numpy as np

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import Columns, oedema_present, position_codes, sex_codes
from children.growth.survey.sample import Survey, survey_of
from children.growth.types import Standard

FOLDER = Path("tests/data/who/prevalence")
MANIFEST = FOLDER / "manifest.sha256"
GROUPING_COLUMNS = {
    "area": "typeres",
    "region": "gregion",
    "wealth": "wealthq",
    "education": "mothered",
    "other": "othergr",
}


@cache
def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a file as text, after a look at its checksum."""
    content = (FOLDER / name).read_bytes()
    checksums = {file: digest for digest, file in (line.split() for line in MANIFEST.read_text().splitlines())}
    assert hashlib.sha256(content).hexdigest() == checksums[name]
    return list(csv.DictReader(content.decode("utf-8").splitlines()))


def words(name: str, column: str) -> list[str]:
    """Return one column as text."""
    return [row[column] for row in rows_of(name)]


def numbers(name: str, column: str) -> np.ndarray:
    """Return one column as numbers, NaN where missing."""
    return np.array([float(word) if word not in ("", "NA") else np.nan for word in words(name, column)])


def survey_0_5(*, design: str) -> Survey:
    """Return the synthetic survey of 0-5 years under the design that the name of an expected file says."""
    file, parts = "survey0to5_dev.csv", design.split("_")
    age_days = numbers(file, "age_days")
    in_months = "agemonths" in parts
    columns = Columns.of(
        sex=sex_codes(words(file, "sex")),
        age_days=age_days / DAYS_PER_MONTH * DAYS_PER_MONTH if in_months else age_days,
        position=position_codes(words(file, "measure")),
        oedema=oedema_present(words(file, "oedema")),
        weight_kg=numbers(file, "weight"),
        length_height_cm=numbers(file, "lenhei"),
    )
    return survey_of(
        columns,
        standard=Standard.WHO2006,
        sampling_weight=numbers(file, "sw") if "sw" in parts else None,
        cluster=words(file, "cluster") if "cluster" in parts else None,
        strata=words(file, "strata") if "strata" in parts else None,
        groupings={} if in_months else {name: words(file, column) for name, column in GROUPING_COLUMNS.items()},
    )


def survey_5_19(*, design: str) -> Survey:
    """Return the survey of 5-19 years that WHO ships, under a design."""
    file, parts = "Survey_WHO2007_shipped_with_anthroplus.csv", design.split("_")
    columns = Columns.of(
        sex=sex_codes(words(file, "sex")),
        age_days=numbers(file, "agemons") * DAYS_PER_MONTH,
        oedema=oedema_present(words(file, "oedema")),
        weight_kg=numbers(file, "weight"),
        length_height_cm=numbers(file, "height"),
    )
    return survey_of(
        columns,
        standard=Standard.WHO2007,
        sampling_weight=numbers(file, "sw") if "sw" in parts else None,
        cluster=words(file, "cluster") if "cluster" in parts else None,
        strata=words(file, "strata") if "strata" in parts else None,
    )
