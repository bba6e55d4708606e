"""The WHO tables are the tested ones, or nothing is computed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from children.growth import TablesError
from children.growth.tables import AGE_INDICES, DATA_FOLDER, age_lms, load_tables, weight_lms, who_tables
from children.growth.types import Index

ROOT = Path(__file__).parents[3]


@pytest.fixture
def copied_tables(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA_FOLDER, tmp_path / "data"))


def test_altered_table_is_refused_by_name(copied_tables: Path) -> None:
    file = copied_tables / "who2006_wfa.csv"
    file.write_text(file.read_text().replace("1,0,0.3487,3.3464,0.14602", "1,0,0.3487,3.3465,0.14602"))

    with pytest.raises(TablesError, match=r"who2006_wfa\.csv has sha256 .* the manifest says 857cc6"):
        load_tables(copied_tables)


@pytest.mark.parametrize("name", ["who2006_wfh.csv", "manifest.sha256"])
def test_missing_file_is_named(copied_tables: Path, name: str) -> None:
    (copied_tables / name).unlink()

    with pytest.raises(TablesError, match=name):
        load_tables(copied_tables)


def test_manifest_lists_every_table_and_nothing_else() -> None:
    listed = dict(reversed(line.split()) for line in (DATA_FOLDER / "manifest.sha256").read_text().splitlines())

    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in DATA_FOLDER.glob("*.csv")}

    assert listed == found


@pytest.mark.parametrize("index", AGE_INDICES)
@pytest.mark.parametrize("sex_row", [0, 1])
def test_every_day_has_parameters(index: Index, sex_row: int) -> None:
    first_day = 91 if index in (Index.ACZ, Index.TSZ, Index.SSZ) else 0

    lms = age_lms(index, sex_row=sex_row)

    assert lms.shape == (3, 1827)
    assert np.isnan(lms[:, :first_day]).all()
    assert not np.isnan(lms[:, first_day:]).any()
    assert (lms[1:, first_day:] > 0).all()
    assert (lms[0, first_day:] != 0).all()  # the transform has no branch for L = 0


@pytest.mark.parametrize("index", [Index.HAZ, Index.HCZ])
def test_length_and_head_are_normal(index: Index) -> None:
    assert (age_lms(index, sex_row=0)[0] == 1).all()


@pytest.mark.parametrize(("lying", "rows"), [(True, 651), (False, 551)])
def test_every_tenth_of_a_centimetre_has_parameters(lying: bool, rows: int) -> None:
    for sex_row in (0, 1):
        lms = weight_lms(lying=lying, sex_row=sex_row)
        assert lms.shape == (3, rows)
        assert not np.isnan(lms).any()


def test_tables_cannot_be_changed_in_memory() -> None:
    with pytest.raises(ValueError, match="read-only"):
        who_tables().age[0, 0] = 1.0


def test_package_imports_without_django() -> None:
    code = "import sys, children.growth; print({'django', 'scipy', 'pandas'} & set(sys.modules))"

    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "set()"
