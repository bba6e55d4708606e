"""The steps of a sum: the engine's own numbers, each following from the one before, for every case of WHO's rows."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from children.growth import GrowthInput, Index, MeasurementError, Position, Sex, Standard, assess, compute_zscores
from children.growth.columns import Columns
from children.growth.parity.who_answers import COLUMN_NAMES, WhoAnswers, who_answers
from children.growth.steps.codes import NoAnswer, StepCode, TableName
from children.growth.steps.explain import explain, explain_row
from children.growth.steps.kinds import (
    CorrectedAgeStep,
    FlagStep,
    LengthHeightStep,
    NoAnswerStep,
    PlainZStep,
    RoundedStep,
    Step,
    TableStep,
    TailStep,
)
from children.growth.tables import weight_lms
from tests.children.growth.visits import scan, visit

ROWS_OF_A_CASE = 25
# What 8 printed digits leave of a z-score: the median and the measurement are divided by S of about 0.04 to 0.15.
PRINTED_Z = 2e-5
PRINTED = 1e-6
LARGEST_REAL_Z = 40.0  # beyond lie rows of absurd input, where 8 digits say less


def sampled_rows() -> list[tuple[Standard, int]]:
    """Return rows spread evenly over every case of both files."""
    found = []
    for standard in Standard:
        answers = who_answers(standard)
        cases = np.array(answers.words["case"])
        for case in answers.cases:
            rows = np.flatnonzero(cases == case)
            found += [(standard, int(row)) for row in rows[:: max(1, len(rows) // ROWS_OF_A_CASE)]]
    return found


def steps_of(standard: Standard, row: int) -> tuple[Step, ...]:
    return explain_row(who_answers(standard).columns[row : row + 1], standard)


def only(steps: tuple[Step, ...], kind: type[Step], index: Index | None = None) -> Step:
    (step,) = (step for step in steps if isinstance(step, kind) and index in (None, step.index))
    return step


@pytest.mark.parametrize("standard", Standard)
def test_the_last_z_score_is_the_engines_and_whos_in_every_sampled_row(standard: Standard) -> None:
    answers: WhoAnswers = who_answers(standard)
    table = compute_zscores(answers.columns, standard=standard)
    whos = {i: answers.numbers(names[0]) for i, names in COLUMN_NAMES[standard].items() if isinstance(i, Index)}
    rows = [row for of, row in sampled_rows() if of is standard]

    for row in rows:
        steps = steps_of(standard, row)
        found = {step.index: step.z for step in steps if isinstance(step, RoundedStep)}
        flags = {step.index: step.flagged for step in steps if isinstance(step, FlagStep)}
        expected = {i: z for i in table.indices if not math.isnan(z := float(table.column(i)[row]))}
        assert found == expected
        assert flags == {i: bool(table.flag_column(i)[row]) for i in expected}
        assert found == {i: numbers[row] for i, numbers in whos.items() if not math.isnan(numbers[row])}
    assert len(rows) >= ROWS_OF_A_CASE * len(answers.cases)


def test_each_number_is_the_one_that_the_step_before_gave() -> None:
    for standard, row in sampled_rows():
        steps = steps_of(standard, row)
        by_index: dict[Index, dict[type[Step], Step]] = {}
        for step in steps:
            if step.index is not None:
                by_index.setdefault(step.index, {})[type(step)] = step
        for index, parts in by_index.items():
            if RoundedStep not in parts:
                continue
            table, plain, rounded = parts[TableStep], parts[PlainZStep], parts[RoundedStep]
            assert plain.lms == table.lms
            last = parts.get(TailStep, plain)
            assert last.z == pytest.approx(rounded.raw, rel=1e-13, abs=1e-13)
            assert (TailStep in parts) == (abs(plain.z) > 3 and index not in (Index.HAZ, Index.HCZ))
            assert parts[FlagStep].z == rounded.z


def test_every_printed_formula_gives_its_result_when_worked_out_again() -> None:
    worked_out = 0
    for standard, row in sampled_rows():
        for step in steps_of(standard, row):
            z = getattr(step, "z", None)
            if z is not None and abs(z) > LARGEST_REAL_Z:
                continue
            for line in step.formula.splitlines():
                *_, sum_text, result = ["", *line.split(" = ")]
                if not re.search(r"[/×−+^]", sum_text) or "Φ" in sum_text or not result:
                    continue
                if "∞" in line or "–" in line:
                    continue
                again = eval(as_python(sum_text), {"__builtins__": {}})  # noqa: S307 - our own formula
                tolerance = PRINTED_Z if isinstance(step, PlainZStep | TailStep) else PRINTED
                assert again == pytest.approx(float(as_python(result)), rel=tolerance, abs=tolerance), line
                worked_out += 1
    assert worked_out > 3000


def as_python(text: str) -> str:
    return text.replace("−", "-").replace("×", "*").replace("^", "**")


@pytest.mark.parametrize(
    "data",
    [
        visit(age_days=540, haz=-3.4, whz=-3.6),
        visit(age_days=1500, haz=2.2, whz=4.1, head_circumference_cm=51.0),
        visit(age_days=300, gestation_days=224),
        visit(age_days=800, gestation_days=224, oedema=True),
        visit(age_days=540, position=Position.HEIGHT),
        GrowthInput(sex=Sex.MALE, age_days=2500, weight_kg=45.5, length_height_cm=120.0),
        GrowthInput(sex=Sex.MALE, weight_kg=11.0, length_height_cm=84.2),
        scan(age_days=540),
    ],
)
def test_an_explained_visit_ends_in_the_z_scores_of_its_assessment(data: GrowthInput) -> None:
    steps = explain(data)

    found = {step.index: step.z for step in steps if isinstance(step, RoundedStep)}
    assert found == {index: score.value for index, score in assess(data).zscores.items()}
    assert found


@pytest.mark.parametrize(
    ("age_days", "position", "code", "shift_cm"),
    [
        (730, Position.HEIGHT, StepCode.HEIGHT_TO_LENGTH, 0.7),
        (730, Position.LENGTH, StepCode.LENGTH_AS_GIVEN, 0.0),
        (731, Position.HEIGHT, StepCode.LENGTH_AS_GIVEN, 0.0),
        (731, Position.LENGTH, StepCode.LENGTH_TO_HEIGHT, -0.7),
        (273, Position.HEIGHT, StepCode.POSITION_IMPLAUSIBLE, 0.0),
        (274, Position.HEIGHT, StepCode.HEIGHT_TO_LENGTH, 0.7),
        (731, None, StepCode.LENGTH_NOT_CONVERTIBLE, 0.0),
        (None, Position.LENGTH, StepCode.LENGTH_NOT_CONVERTIBLE, 0.0),
    ],
)
def test_the_conversion_says_why(age_days, position, code: StepCode, shift_cm: float) -> None:
    steps = explain(GrowthInput(sex=Sex.MALE, age_days=age_days, length_height_cm=84.3, position=position))

    step = only(steps, LengthHeightStep)
    assert (step.code, step.shift_cm) == (code, shift_cm)
    assert step.converted_cm == pytest.approx(84.3 + shift_cm)


@pytest.mark.parametrize(
    ("changed", "index", "reason"),
    [
        ({"sex": None}, Index.WAZ, NoAnswer.SEX_MISSING),
        ({"age_days": None}, Index.WAZ, NoAnswer.AGE_MISSING),
        ({"oedema": True}, Index.WHZ, NoAnswer.OEDEMA),
        ({"age_days": 90}, Index.ACZ, NoAnswer.BEFORE_TABLE),
        ({"length_height_cm": 44.9}, Index.WHZ, NoAnswer.LENGTH_OUTSIDE_TABLE),
        ({"age_days": 3653}, Index.WAZ, NoAnswer.AFTER_TABLE),
        ({"age_days": 2000}, Index.ACZ, NoAnswer.NOT_IN_STANDARD),
    ],
)
def test_an_index_without_a_z_score_says_why(changed: dict[str, object], index: Index, reason: NoAnswer) -> None:
    steps = explain(replace(visit(), **changed))  # type: ignore[arg-type]

    assert only(steps, NoAnswerStep, index).reason is reason


def test_a_value_of_a_file_that_is_not_positive_has_no_z_score() -> None:
    columns = Columns.of(sex=1, age_days=400.0, weight_kg=-1.0)

    steps = explain_row(columns, Standard.WHO2006)

    assert only(steps, NoAnswerStep, Index.WAZ).reason is NoAnswer.NOT_POSITIVE


@pytest.mark.parametrize(
    ("data", "table", "rows"),
    [
        ({"age_days": 540, "length_height_cm": 75.03}, TableName.BY_LENGTH, (75.0, 75.1)),
        ({"age_days": 540, "length_height_cm": 63.2}, TableName.BY_LENGTH, (63.2, 63.2)),
        ({"age_days": 540, "length_height_cm": 110.0}, TableName.BY_LENGTH, (110.0, 110.0)),
        ({"age_days": 900, "length_height_cm": 87.25}, TableName.BY_HEIGHT, (87.2, 87.3)),
        ({"age_days": None, "position": None, "length_height_cm": 86.9}, TableName.BY_LENGTH, (86.9, 86.9)),
        ({"age_days": None, "position": None, "length_height_cm": 87.0}, TableName.BY_HEIGHT, (87.0, 87.0)),
    ],
)
def test_weight_for_length_names_its_table_and_rows(data, table: TableName, rows: tuple[float, float]) -> None:
    position = Position.LENGTH if data["age_days"] == 540 else Position.HEIGHT

    step = only(explain(replace(visit(), **({"position": position} | data))), TableStep, Index.WHZ)

    assert step.table is table
    assert (step.below_at, step.above_at) == pytest.approx(rows)


def test_what_lies_between_two_months_is_straight() -> None:
    data = GrowthInput(sex=Sex.FEMALE, age_days=2500, weight_kg=20.0)

    step = only(explain(data), TableStep, Index.WAZ)

    assert (step.below_at, step.above_at) == (82, 83)
    assert step.share == pytest.approx(2500 / 30.4375 - 82)
    for name in ("power", "median", "variation"):
        low, high = getattr(step.below, name), getattr(step.above, name)
        assert getattr(step.lms, name) == pytest.approx(low + step.share * (high - low), rel=1e-14)


def test_a_child_born_early_is_explained_at_the_corrected_age() -> None:
    step = only(explain(visit(age_days=300, gestation_days=221)), CorrectedAgeStep)

    assert step.code is StepCode.CORRECTED_AGE
    assert step.corrected_days == 300 - (280 - 221)
    assert step.formula == "300 − (280 − 221) = 241"


def test_from_24_months_on_the_age_is_no_longer_corrected() -> None:
    step = only(explain(visit(age_days=731, gestation_days=221)), CorrectedAgeStep)

    assert (step.code, step.corrected_days) == (StepCode.CORRECTION_ENDED, 731)


def test_before_the_date_of_term_the_sum_ends() -> None:
    steps = explain(visit(age_days=20, gestation_days=221))

    assert [step.code for step in steps] == [StepCode.CORRECTED_AGE, StepCode.BEFORE_TERM]


@pytest.mark.parametrize("age_days", [6940, 7000])
def test_beyond_the_standards_the_sum_ends(age_days: int) -> None:
    steps = explain(GrowthInput(sex=Sex.MALE, age_days=age_days, weight_kg=60.0, length_height_cm=170.0))

    assert [step.code for step in steps] == [StepCode.AGE, StepCode.NO_STANDARD]


def test_what_a_record_refuses_is_refused_here_too() -> None:
    with pytest.raises(MeasurementError, match="weight"):
        explain(GrowthInput(sex=Sex.MALE, age_days=400, weight_kg=0.0))


def test_more_than_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="One row"):
        explain_row(Columns.of(sex=1, age_days=[10.0, 20.0]), Standard.WHO2006)


def test_the_length_that_is_read_from_the_next_row_shows_the_row_it_was_read_from() -> None:
    girl = GrowthInput(sex=Sex.FEMALE, age_days=1580, weight_kg=15.7, length_height_cm=103.1, position=Position.LENGTH)

    weight_for_height = [s for s in explain(girl) if isinstance(s, TableStep) and s.index is Index.WHZ]
    row_above = weight_lms(lying=False, sex_row=1)[:, round((102.5 - 65.0) * 10)]

    assert weight_for_height[0].lms.median == pytest.approx(row_above[1], abs=1e-10)
    assert assess(girl).zscores[Index.WHZ].value == -0.19
