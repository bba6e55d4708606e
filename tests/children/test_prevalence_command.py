"""`manage.py prevalence`: every table of WHO's own software comes out of its survey's file; bad options are refused."""

from __future__ import annotations

import csv
import subprocess
import sys
from io import StringIO
from math import isclose
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "data" / "who" / "prevalence"
SURVEY_0_5 = FOLDER / "survey0to5_dev.csv"
SURVEY_5_19 = FOLDER / "Survey_WHO2007_shipped_with_anthroplus.csv"
EXPECTED = sorted(FOLDER.glob("expected_*.csv"))
OPTIONS = {"sw": "--sampling-weight", "cluster": "--cluster", "strata": "--strata"}
GROUPINGS = ("typeres", "gregion", "wealthq", "mothered", "othergr")
DAYS_PER_MONTH = 30.4375

# Estimates agree to the digits that WHO's files hold; limits pass through WHO's iterated logistic fit.
ESTIMATE_TOLERANCE = 1e-9
LIMIT_TOLERANCE = 1e-5


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def run(*arguments: str | Path) -> str:
    """Run the command here and return its stderr."""
    said = StringIO()
    call_command("prevalence", *map(str, arguments), stderr=said)
    return said.getvalue()


def in_months_without_groupings(folder: Path) -> Path:
    """Write the survey of 0-5 years with its ages in months and without the five groupings."""
    with SURVEY_0_5.open(newline="") as file:
        rows = list(csv.DictReader(file))
    path = folder / "in_months.csv"
    with path.open("w", newline="") as file:
        names = [name for name in rows[0] if name not in (*GROUPINGS, "age_days")]
        writer = csv.DictWriter(file, ["agemonths", *names], extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            days = row["age_days"]
            writer.writerow({**row, "agemonths": "NA" if days == "NA" else repr(float(days) / DAYS_PER_MONTH)})
    return path


def agrees(cell: str, expected: str, column: str) -> bool:
    if cell == expected:
        return True
    if "" in (cell, expected) or column in ("Group", "Years", "Months"):
        return False
    if column.endswith(("_ll", "_ul")):
        return isclose(float(cell), float(expected), rel_tol=0, abs_tol=LIMIT_TOLERANCE)
    return isclose(float(cell), float(expected), rel_tol=ESTIMATE_TOLERANCE, abs_tol=1e-12)


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem.removeprefix("expected_"))
def test_whos_table_comes_out_of_the_file(tmp_path: Path, expected: Path) -> None:
    # given
    survey, design = expected.stem.removeprefix("expected_").split("__")
    source = SURVEY_0_5 if survey == "survey0to5_dev" else SURVEY_5_19
    parts = design.split("_")
    arguments: list[str] = [word for part in parts if part in OPTIONS for word in (OPTIONS[part], part)]
    if "agemonths" in parts:
        source, arguments = in_months_without_groupings(tmp_path), [*arguments, "--age", "agemonths"]

    # when
    run(source, tmp_path / "out.csv", *arguments)

    # then
    header, *rows = read(tmp_path / "out.csv")
    expected_header, *expected_rows = read(expected)
    wrong = [
        (row[0], column, cell, who)
        for row, who_row in zip(rows, expected_rows, strict=True)
        for column, cell, who in zip(header, row, who_row, strict=True)
        if not agrees(cell, who, column)
    ]
    assert header == expected_header
    assert wrong == []


def test_every_table_of_who_is_tried() -> None:
    assert len(EXPECTED) == 11


def test_designs_count_only_where_an_option_names_them(tmp_path: Path) -> None:
    run(SURVEY_0_5, tmp_path / "plain.csv")
    run(SURVEY_0_5, tmp_path / "weighted.csv", "--sampling-weight", "SW")

    assert read(tmp_path / "plain.csv")[1][1] == "3798"
    assert read(tmp_path / "weighted.csv")[1][1].startswith("4288.869")


def test_oedema_can_be_left_out(tmp_path: Path) -> None:
    run(SURVEY_0_5, tmp_path / "counted.csv")
    run(SURVEY_0_5, tmp_path / "left_out.csv", "--leave-out-oedema")

    column = read(tmp_path / "counted.csv")[0].index("WH_3_r")
    counted, left_out = (float(read(tmp_path / name)[1][column]) for name in ("counted.csv", "left_out.csv"))
    assert left_out < counted


def test_the_report_of_data_quality_is_by_measurer(tmp_path: Path) -> None:
    report = tmp_path / "quality.csv"

    run(SURVEY_0_5, tmp_path / "out.csv", "--quality", report, "--measurer", "cluster")

    header, *rows = read(report)
    figures = {tuple(row[:3]): row[3] for row in rows}
    teams = [row[0] for row in rows if row[1:3] == ["survey", "children"]]
    assert header == ["measurer", "subject", "figure", "value", "rating"]
    assert teams[0] == ""
    assert sorted(teams[1:], key=int) == [str(team) for team in range(1, 21)]
    assert figures["", "survey", "children"] == "4000"
    assert sum(int(figures[team, "survey", "children"]) for team in teams[1:]) == 4000
    boys, girls = int(figures["", "sex_ratio", "boys"]), int(figures["", "sex_ratio", "girls"])
    assert float(figures["", "sex_ratio", "ratio"]) == boys / girls
    assert sum(int(figures["", "weight_digits", f"digit_{digit}"]) for digit in range(10)) == 4000 - 69
    assert {row[4] for row in rows} <= {"", "excellent", "good", "acceptable", "problematic"}


def test_the_report_says_which_criteria_find_which_children(tmp_path: Path) -> None:
    survey = tmp_path / "in.csv"
    thin_by_weight, thin_by_arm, both, well = "6.2,70,14.0", "8.5,70,11.0", "6.2,70,11.0", "8.5,70,14.0"
    children = [thin_by_weight, thin_by_arm, thin_by_arm, both, well, well, well]
    survey.write_text("sex,age_days,measure,weight,lenhei,armc\n" + "".join(f"f,400,l,{child}\n" for child in children))

    run(survey, tmp_path / "out.csv", "--quality", tmp_path / "quality.csv")

    figures = {tuple(row[1:3]): row[3] for row in read(tmp_path / "quality.csv")[1:]}
    found = {name: figures["concordance_sam", name] for name in ("only_whz", "only_muac", "only_whz_and_muac", "none")}
    assert found == {"only_whz": "1", "only_muac": "2", "only_whz_and_muac": "1", "none": "3"}
    assert figures["concordance_sam", "both_percent"] == "25"


def test_without_arms_no_criteria_are_compared(tmp_path: Path) -> None:
    run(SURVEY_0_5, tmp_path / "out.csv", "--quality", tmp_path / "quality.csv")

    assert not [row for row in read(tmp_path / "quality.csv") if row[1].startswith("concordance")]


def test_it_runs_without_database_and_broker(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "prevalence", SURVEY_5_19, tmp_path / "out.csv"],
        env={"DATABASE_URL": "postgresql://127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1/0"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "The standard is WHO2007" in done.stderr
    assert "933 rows" in done.stderr


@pytest.mark.parametrize("option", ["--age", "--sampling-weight", "--cluster", "--strata", "--measurer"])
def test_a_column_that_is_not_there_is_refused(tmp_path: Path, option: str) -> None:
    with pytest.raises(CommandError, match=r"no column 'nowhere'.*\[unknown_column\]"):
        run(SURVEY_0_5, tmp_path / "out.csv", option, "nowhere")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("weight", "code"), [("-1", "negative_sampling_weight"), ("0", "no_sampling_weight"), ("NA", "no_sampling_weight")]
)
def test_weights_that_say_nothing_are_refused(tmp_path: Path, weight: str, code: str) -> None:
    source = tmp_path / "in.csv"
    source.write_text(f"sex,age_days,weight,lenhei,w\nf,700,10.1,81.5,{weight}\n")

    with pytest.raises(CommandError, match=rf"\[{code}\]"):
        run(source, tmp_path / "out.csv", "--sampling-weight", "w")

    assert not (tmp_path / "out.csv").exists()


def test_bad_cells_are_told_and_stop_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    lines = SURVEY_0_5.read_text().splitlines()
    source.write_text("\n".join([lines[0], lines[1].replace("13.3", "12-Mar"), *lines[2:]]))

    said = run(source, tmp_path / "out.csv", "--errors", tmp_path / "errors.csv")

    assert read(tmp_path / "errors.csv")[1][:3] == ["2", "weight", "date_in_number"]
    assert "1 errors (date_in_number 1)" in said
    assert read(tmp_path / "out.csv")[1][0] == "All"
