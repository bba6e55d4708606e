"""Check us against WHO: who sees it, what it says, and that a typed child has the z-scores of its assessment."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.urls import reverse

from accounts.models import Role
from analytics.pages import check
from analytics.pages.check_rows import CHOSEN, LESSONS, places_of, reference_row
from analytics.pages.check_words import case_words, output_words
from children.growth import ENGINE_VERSION, GrowthInput, Index, Position, Sex, Standard, assess
from children.growth.parity.comparison import Parity, parity
from children.growth.parity.who_answers import COLUMN_NAMES, who_answers
from children.growth.steps.numbers import z_text

pytestmark = pytest.mark.django_db
CHILD = {
    "sex": "F",
    "age_days": "540",
    "weight_kg": "6.1",
    "length_height_cm": "74.33",
    "position": "height",
    "muac_mm": "109",
    "head_circumference_cm": "44.5",
}
ADDRESSES = [
    ("check", []),
    ("check_rows", []),
    ("check_row", ["WHO2006", "3672"]),
    ("check_child", []),
    ("check_report", ["WHO2007"]),
]


@pytest.fixture
def signed_in(client, health_worker):
    client.force_login(health_worker)
    return client


def child_answer(client, **changed):
    typed = {name: value for name, value in (CHILD | changed).items() if value is not None}
    return client.get(reverse("check_child", query=typed))


def z_scores(page) -> dict[str, str]:
    return {part.anchor: part.z for part in page.context["sums"] if part.z}


@pytest.mark.parametrize("role", [None, *Role])
def test_everybody_who_has_signed_in_may_check_us(client, make_user, clinic, role):
    in_clinic = clinic if role in (Role.HEALTH_WORKER, Role.SUPERVISOR) else None
    client.force_login(make_user("someone", role, in_clinic))

    answers = {name: client.get(reverse(name, args=args)).status_code for name, args in ADDRESSES}

    assert set(answers.values()) == {200}


def test_who_has_not_signed_in_is_asked_to(client):
    answers = [client.get(reverse(name, args=args)) for name, args in ADDRESSES]

    assert {answer.status_code for answer in answers} == {302}
    assert all(answer.url.startswith(reverse("accounts:sign_in")) for answer in answers)


def test_the_page_is_one_click_away(signed_in):
    page = signed_in.get(reverse("home")).content.decode()

    assert f'href="{reverse("check")}"' in page


def test_the_result_says_that_no_row_differs(signed_in):
    page = signed_in.get(reverse("check"))

    text = page.content.decode()
    assert "Our answers equal WHO's in all 11,408 rows" in text
    assert f"Growth engine {ENGINE_VERSION}" in text
    assert "6,296 of 6,296" in text
    assert page.context["differences"] == 0
    assert {part["is_equal"] for result in page.context["results"] for part in result["outputs"]} == {True}
    for result in page.context["results"]:
        assert all(sha256 in text for sha256 in result["check_sums"].values())


def test_a_difference_is_said_and_not_painted_green(signed_in, monkeypatch):
    def one_wrong(standard: Standard) -> Parity:
        found = parity(standard)
        return Parity(
            standard=standard,
            rows=found.rows,
            equal_rows=found.rows - 1,
            values=found.values,
            differences=1,
            outputs=found.outputs,
            cases=found.cases,
        )

    monkeypatch.setattr(check, "parity", one_wrong)

    text = signed_in.get(reverse("check")).content.decode()

    assert "in 11,406 of 11,408 rows" in text
    assert "banner-critical" in text
    assert "banner-none" not in text


@pytest.mark.parametrize("standard", Standard)
def test_the_report_is_a_file_that_reads_back_as_whos_values_and_ours(signed_in, standard):
    answer = signed_in.get(reverse("check_report", args=[standard.value]))

    assert answer["Content-Type"].startswith("text/csv")
    assert re.search(
        rf'attachment; filename="check-against-who-{standard.lower()}-.*\.csv"', answer["Content-Disposition"]
    )
    head, table = answer.content.decode().split("\n\n", 1)
    assert f"engine_version,{ENGINE_VERSION}" in head
    rows = list(csv.DictReader(io.StringIO(table)))
    answers = who_answers(standard)
    assert len(rows) == len(answers)
    for index in (Index.HAZ, Index.WAZ, Index.BAZ):
        name, _flag = COLUMN_NAMES[standard][index]
        assert [row[name] for row in rows] == list(answers.words[name])
        assert all(
            float(row[name] or "nan") == pytest.approx(float(row[f"{name}_ours"] or "nan"), nan_ok=True) for row in rows
        )
    assert {row["equal"] for row in rows} == {"yes"}


def test_the_report_travels_compressed(signed_in):
    answer = signed_in.get(reverse("check_report", args=["WHO2006"]), headers={"Accept-Encoding": "gzip"})

    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 450_000


def test_the_chosen_rows_are_there_and_equal(signed_in):
    places = places_of(CHOSEN)

    rows = [reference_row(place) for place in places]

    assert len(rows) == sum(len(lessons) for lessons in LESSONS.values()) >= 40
    assert all(row.equal and row.lesson for row in rows)
    assert {row.ages for row in rows} == {"0-5 years", "5-19 years"}


def test_the_rows_show_whos_value_beside_ours_page_by_page(signed_in):
    first = signed_in.get(reverse("check_rows"))
    second = signed_in.get(reverse("check_rows", query={"rows": CHOSEN, "page": 2}))

    assert len(first.context["rows"]) == check.ROWS_PER_PAGE
    assert {row.row_id for row in first.context["rows"]}.isdisjoint(row.row_id for row in second.context["rows"])
    row = first.context["rows"][0]
    cell = next(cell for cell in row.scores if cell.letters == "WAZ")
    assert (row.row_id, cell.whos, cell.ours, cell.equal) == ("2", "−1.11", "−1.11", True)
    assert row.url in first.content.decode()


def test_rows_can_be_chosen_by_case(signed_in):
    page = signed_in.get(reverse("check_rows", query={"rows": "WHO2007:G_zero"}))

    assert page.context["page"].paginator.count == 40
    assert {row.case for row in page.context["rows"]} == {"Zero"}


@pytest.mark.parametrize("standard", Standard)
def test_every_case_and_column_of_the_files_has_words(standard):
    cases = who_answers(standard).cases

    assert all(case_words(case) != case for case in cases)
    assert all(output_words(output) for output in COLUMN_NAMES[standard])


def test_a_row_shows_its_steps(signed_in):
    page = signed_in.get(reverse("check_row", args=["WHO2006", "3672"]))

    row = page.context["row"]
    whos = {cell.output: cell.whos for cell in row.cells if cell.whos}
    assert z_scores(page) == {index.value: whos[index] for index in (Index.WAZ, Index.HAZ, Index.WHZ, Index.BAZ)}
    assert "between 87.8 and 87.9 cm L, M and S run straight" in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/check/rows/?rows=nothing",
        "/check/rows/?rows=WHO2006:nothing",
        "/check/rows/WHO2006/0/",
        "/check/rows/WHO1977/1/",
        "/check/report/WHO1977.csv",
    ],
)
def test_what_is_not_there_is_not_found(signed_in, address):
    assert signed_in.get(address).status_code == 404


@pytest.mark.parametrize(
    ("changed", "data"),
    [
        ({}, {}),
        ({"position": "length"}, {"position": Position.LENGTH}),
        ({"gestation_weeks": "31", "gestation_days": "4"}, {"gestation_days": 221}),
        ({"oedema": "yes"}, {"oedema": True}),
        ({"age_days": None, "position": None}, {"age_days": None, "position": None}),
        ({"age_days": "2500", "length_height_cm": "118"}, {"age_days": 2500, "length_height_cm": 118.0}),
        ({"sex": "M", "weight_kg": "11,45"}, {"sex": Sex.MALE, "weight_kg": 11.45}),
    ],
)
def test_a_typed_child_has_the_z_scores_of_its_assessment(signed_in, changed, data):
    typed = {
        "sex": Sex.FEMALE,
        "age_days": 540,
        "weight_kg": 6.1,
        "length_height_cm": 74.33,
        "position": Position.HEIGHT,
        "muac_mm": 109.0,
        "head_circumference_cm": 44.5,
    }

    page = child_answer(signed_in, **changed)

    expected = assess(GrowthInput(**(typed | data))).zscores
    assert z_scores(page) == {index.value: z_text(score.value) for index, score in expected.items()}
    assert {part.anchor for part in page.context["sums"] if part.flagged} == {
        i.value for i, s in expected.items() if s.flagged
    }


def test_every_step_is_shown_in_words_with_its_formula(signed_in):
    text = child_answer(signed_in).content.decode()

    assert "the tables expect a length lying, so 0.7 cm is added" in text
    assert "74.33 + 0.7 = 75.03" in text
    assert "table for girls, row of day 540" in text
    assert "Beyond ±3 WHO goes on in straight steps" in text


def test_two_dates_become_an_age_and_leave_the_address(signed_in):
    typed = CHILD | {"age_days": "", "born_on": "2024-01-10", "measured_on": "2025-07-03"}

    answer = signed_in.post(reverse("check_child"), typed)
    by_address = signed_in.get(reverse("check_child", query=typed))

    assert answer.status_code == by_address.status_code == 302
    assert answer.url == by_address.url
    assert "age_days=540" in answer.url
    assert "2024" not in answer.url
    assert z_scores(signed_in.get(answer.url)) == z_scores(child_answer(signed_in))


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"sex": ""}, "sex", "Choose the sex"),
        ({"age_days": "x"}, "age_days", "whole days"),
        ({"age_days": "-1"}, "age_days", "greater than or equal to 0"),
        ({"age_days": "9000"}, "age_days", "the limit is 7305"),
        ({"weight_kg": "6100"}, "weight_kg", "accepted are 0.3-200 kg"),
        ({"weight_kg": "0"}, "weight_kg", "above 0"),
        ({"weight_kg": "abc"}, "weight_kg", "Enter a number"),
        ({"length_height_cm": "7"}, "length_height_cm", "accepted are 20-220 cm"),
        ({"muac_mm": "10.9"}, "muac_mm", "accepted are 40-600 mm"),
        ({"position": "sideways"}, "position", "not one of the available choices"),
        ({"gestation_weeks": "12"}, "gestation_weeks", "22-45 weeks"),
        ({"gestation_days": "3"}, "gestation_weeks", "Give the weeks"),
        ({"age_days": "", "born_on": "2024-01-10"}, "measured_on", "Give the date of the visit"),
        ({"age_days": "", "measured_on": "2024-01-10"}, "born_on", "Give the date of birth"),
        ({"age_days": "", "born_on": "2024-02-10", "measured_on": "2024-01-10"}, "measured_on", "before the birth"),
        ({"born_on": "2024-01-10", "measured_on": "2024-02-10"}, "age_days", "another age"),
        ({"age_days": "", "born_on": "1990-01-10", "measured_on": "2024-02-10"}, "born_on", "more than 20 years"),
        ({"age_days": "", "born_on": "10 Smarch", "measured_on": "2024-02-10"}, "born_on", "valid date"),
    ],
)
def test_bad_input_gets_a_sentence_at_its_field(signed_in, changed, field, words):
    answer = signed_in.post(reverse("check_child"), CHILD | changed)

    assert answer.status_code == 422
    assert words in " ".join(answer.context["form"].errors[field])
    assert answer.context["sums"] == []


def test_every_bad_field_is_told_at_once(signed_in):
    typed = CHILD | {"sex": "", "age_days": "x", "weight_kg": "6100", "gestation_weeks": "12"}

    answer = signed_in.post(reverse("check_child"), typed)

    assert set(answer.context["form"].errors) == {"sex", "age_days", "weight_kg", "gestation_weeks"}


def test_a_child_without_a_measurement_is_asked_for_one(signed_in):
    answer = signed_in.post(reverse("check_child"), {"sex": "F", "age_days": "540"})

    assert "Enter at least one measurement." in answer.context["form"].non_field_errors()


def test_no_part_asks_the_database_for_more_than_the_user_and_the_menu(signed_in, django_assert_max_num_queries):
    signed_in.get(reverse("check"))
    addresses = [reverse(name, args=args) for name, args in ADDRESSES] + [reverse("check_child", query=CHILD)]

    for address in addresses:
        with django_assert_max_num_queries(3):  # the session, the user, the roles for the menu
            signed_in.get(address)


def test_an_address_of_something_else_shows_the_empty_form(signed_in):
    page = signed_in.get(reverse("check_child", query={"from": "leaflet"}))

    assert page.context["form"].errors == {}
