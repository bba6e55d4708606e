"""WHO's own rows as a file: every answer equals WHO's, exactly, whatever the standard that is asked for."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from children.growth.files import write_zscores
from children.growth.files.zscores import BOTH_STANDARDS
from children.growth.tables import DATA_FOLDER
from children.growth.types import Standard

Z_STEMS = ("len", "wei", "wfl", "bmi", "hc", "ac", "ts", "ss")
COLUMNS = {
    Standard.WHO2006: [
        *("clenhei", "cmeasure", "c9mo_flag", "cbmi", "csex"),
        *(name for stem in Z_STEMS for name in (f"z{stem}", f"f{stem}")),
    ],
    Standard.WHO2007: ["csex", "coedema", "cbmi", "zhfa", "zwfa", "zbfa", "fhfa", "fwfa", "fbfa"],
}
FILES = {Standard.WHO2006: "zscores_0_5y.csv", Standard.WHO2007: "zscores_5_19y.csv"}
WORDS = {"cmeasure", "coedema"}

# The files print raw z-scores with 15 to 17 digits, made by R's own powers and logarithms.
RAW_TOLERANCE = 1e-9


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value(column: str, text: str) -> str | float | None:
    """Return what a text means: a word, a number, or missing."""
    return text if column in WORDS else float(text) if text else None


@pytest.mark.parametrize("standard", Standard)
@pytest.mark.parametrize("asked", ["alone", "with the other"])
def test_every_cell_of_whos_files_is_reproduced(tmp_path: Path, standard: Standard, asked: str) -> None:
    source, target = DATA_FOLDER / "expected" / FILES[standard], tmp_path / "out.csv"

    write_zscores(source, target, standards=(standard,) if asked == "alone" else BOTH_STANDARDS)

    expected, answered = read(source), read(target)
    wrong = [
        (row["id"], column, row[column], ours[column])
        for row, ours in zip(expected, answered, strict=True)
        for column in COLUMNS[standard]
        if value(column, row[column]) != value(column, ours[column])
    ]
    assert wrong == []
    assert [row["id"] for row in answered] == [row["id"] for row in expected]


@pytest.mark.parametrize("standard", Standard)
def test_scores_before_rounding_are_added_when_asked_for(tmp_path: Path, standard: Standard) -> None:
    source, target = DATA_FOLDER / "expected" / FILES[standard], tmp_path / "out.csv"

    write_zscores(source, target, standards=(standard,), with_raw=True)

    expected, answered = read(source), read(target)
    for column in [f"{column}_raw" for column in COLUMNS[standard] if column.startswith("z")]:
        np.testing.assert_allclose(
            [float(row[column] or "nan") for row in answered],
            [float(row[column] or "nan") for row in expected],
            rtol=RAW_TOLERANCE,
            atol=RAW_TOLERANCE,
        )


@pytest.mark.parametrize("standard", Standard)
def test_answers_follow_the_columns_of_the_file_in_whos_order(tmp_path: Path, standard: Standard) -> None:
    source, target = DATA_FOLDER / "expected" / FILES[standard], tmp_path / "out.csv"

    write_zscores(source, target, standards=(standard,))

    header = list(read(target)[0])
    assert header[-len(COLUMNS[standard]) :] == COLUMNS[standard]
    assert header[0] == "id"


def test_both_standards_write_both_sets_of_columns_once(tmp_path: Path) -> None:
    source, target = DATA_FOLDER / "expected" / "zscores_5_19y.csv", tmp_path / "out.csv"

    write_zscores(source, target)

    header = list(read(target)[0])
    assert set(header) >= {*COLUMNS[Standard.WHO2006], *COLUMNS[Standard.WHO2007]}
    assert len(header) == len(set(header))


def test_answers_that_stand_in_the_file_already_are_kept_under_another_name(tmp_path: Path) -> None:
    source, target = DATA_FOLDER / "expected" / "zscores_5_19y.csv", tmp_path / "out.csv"

    report = write_zscores(source, target, standards=(Standard.WHO2007,))

    assert [row["input_zhfa"] for row in read(target)] == [row["zhfa"] for row in read(source)]
    assert "zhfa as input_zhfa" in report.notes[0]
