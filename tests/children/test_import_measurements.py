"""`manage.py import_measurements`: a file into the record, through the door of the form."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from children.models import Measurement

pytestmark = pytest.mark.django_db

HEADER = (
    "child,measured_on,weight_kg,length_height_cm,position,muac_mm,head_circumference_cm,oedema,measured_by,confirmed"
)


def day(days_ago):
    return (timezone.localdate() - timedelta(days=days_ago)).isoformat()


@pytest.fixture
def import_file(tmp_path, health_worker):
    """Return an importer of text: its exit code, what it said, and the rows of its file of errors."""

    def run(text, *options, encoding="utf-8"):
        source, errors = tmp_path / "in.csv", tmp_path / "errors.csv"
        source.write_bytes(text.encode(encoding))
        out, err = io.StringIO(), io.StringIO()
        code = 0
        try:
            call_command(
                "import_measurements",
                str(source),
                "--recorded-by",
                health_worker.username,
                "--errors",
                str(errors),
                *options,
                stdout=out,
                stderr=err,
            )
        except SystemExit as ended:
            code = ended.code
        rows = list(csv.DictReader(io.StringIO(errors.read_text(encoding="utf-8-sig"))))
        return code, out.getvalue(), rows

    return run


def test_rows_are_stored_and_assessed_as_if_they_were_typed(import_file, child, health_worker):
    older = f"{child.code},{day(30)},10.2,82.5,length,141,46.8,n,Amina,"
    text = f"{HEADER}\n{older}\n{child.code},{day(0)},10.4,83.6,lying,142,,,,\n"

    code, said, errors = import_file(text)

    assert (code, errors) == (0, [])
    assert "2 rows stored" in said
    older, newer = Measurement.objects.order_by("measured_on")
    assert (older.oedema, older.measured_by, older.recorded_by) == (False, "Amina", health_worker)
    assert (newer.position, newer.oedema, newer.head_circumference_cm) == ("length", None, None)
    assert newer.assessment.waz is not None


def test_running_twice_stores_nothing_twice(import_file, child):
    text = f"{HEADER}\n{child.code},{day(30)},10.2,82.5,length,141,,n,,\n"

    import_file(text)
    code, said, _errors = import_file(text)

    assert code == 0
    assert "0 rows stored, 1 there before" in said
    assert Measurement.objects.count() == 1


def test_rows_are_taken_oldest_first_whatever_their_order(import_file, child):
    # Stored in the order of the file, the old weight would follow on nothing and the pounds be judged by the age alone.
    text = f"child,measured_on,weight_kg\n{child.code},{day(0)},13.2\n{child.code},{day(30)},6.0\n"

    code, _said, (error,) = import_file(text)

    assert code == 1
    assert (error["error_line"], error["error_column"], error["error_code"]) == (
        "2",
        "weight_kg",
        "unit_slip_suspected",
    )
    assert error["proposed"] == "weight_kg=5.99"
    assert [float(row.weight_kg) for row in Measurement.objects.all()] == [6.0]


def test_a_suspected_row_is_mended_by_confirming_it(import_file, child):
    first = import_file(f"child,measured_on,weight_kg\n{child.code},{day(0)},22.4\n")
    code, _said, (row,) = first
    row["confirmed"] = row["error_column"]
    mended = io.StringIO()
    writer = csv.DictWriter(mended, row)
    writer.writeheader()
    writer.writerow(row)

    again, _said, errors = import_file(mended.getvalue())

    assert (code, again, errors) == (1, 0, [])
    assert float(Measurement.objects.get().weight_kg) == 22.4


def test_all_that_is_wrong_with_a_row_is_said_at_once(import_file, child):
    text = f"{HEADER}\n{child.code},31.1.2026,ten,80,sitting,14.25,,maybe,,weight\n"

    code, _said, (error,) = import_file(text)

    assert code == 1
    assert error["error_code"].split("; ") == [
        "not_a_date",
        "invalid",
        "max_decimal_places",
        "unknown_word",
        "unknown_word",
        "unknown_field",
    ]
    assert error["weight_kg"] == "ten"
    assert not Measurement.objects.exists()


@pytest.mark.parametrize(
    ("row", "error_code"),
    [
        ("NOSUCH-1,{today},10.2,,,,,,,", "child_not_found"),
        ("{code},{tomorrow},10.2,,,,,,,", "date_in_future"),
        ("{code},{today},,,,,,,,", "nothing_measured"),
        ("{code},{today},,80,,,,,,", "position_missing"),
        ("{code},{today},10400,,,,,,,", "out_of_limits"),
        (",{today},10.4,,,,,,,", "required"),
        ("{code},{today},10.4,,,,,,,,more", "too_many_cells"),
    ],
)
def test_a_refused_row_does_not_stop_the_others(import_file, child, row, error_code):
    refused = row.format(code=child.code, today=day(0), tomorrow=day(-2))

    code, _said, (error,) = import_file(f"{HEADER}\n{refused}\n{child.code},{day(60)},9.9,,,,,,,\n")

    assert (code, error["error_code"]) == (1, error_code)
    assert Measurement.objects.count() == 1


def test_a_child_of_another_clinic_is_not_there(import_file, make_child, other_clinic, outsider):
    stranger = make_child(clinic=other_clinic, registered_by=outsider)

    _code, _said, (error,) = import_file(f"child,measured_on,muac_mm\n{stranger.code},{day(0)},140\n")

    assert error["error_code"] == "child_not_found"


def test_a_dry_run_stores_nothing_and_yet_sees_the_rows_before(import_file, child):
    text = f"child,measured_on,weight_kg\n{child.code},{day(30)},6.0\n{child.code},{day(0)},13.2\n"

    code, said, (error,) = import_file(text, "--dry-run")

    assert code == 1
    assert "1 rows would be stored" in said
    assert error["error_code"] == "unit_slip_suspected"
    assert not Measurement.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_spreadsheets_file_is_read(import_file, child, encoding):
    text = f"Child;Measured_On;Weight_kg;Measured_by\r\n{child.code.lower()};{day(0)};10,4;Zoé\r\n;;;\r\n"

    code, _said, errors = import_file(text, encoding=encoding)

    assert (code, errors) == (0, [])
    stored = Measurement.objects.get()
    assert (float(stored.weight_kg), stored.measured_by) == (10.4, "Zoé")


def test_an_id_of_the_file_is_kept(import_file, child):
    given = "0d1b6a52-9a41-4ee2-9d5a-3c3f7f6f0e11"

    import_file(f"child,measured_on,muac_mm,id\n{child.code},{day(0)},140,{given}\n")
    code, _said, (error,) = import_file(f"child,measured_on,muac_mm,id\n{child.code},{day(0)},141,{given}\n")

    assert str(Measurement.objects.get().pk) == given
    assert (code, error["error_code"]) == (1, "id_taken")


def test_no_cell_of_the_file_of_errors_is_a_formula(import_file, child):
    text = f"child,measured_on,weight_kg,measured_by\n{child.code},{day(0)},-3,=1+1\n"

    _code, _said, (error,) = import_file(text)

    assert (error["measured_by"], error["weight_kg"]) == ("'=1+1", "-3")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_file"),
        ("child,measured_on,weight\nX,2026-01-01,9\n", "unknown_column"),
        ("child,weight_kg\nX,9\n", "missing_column"),
        ("child,measured_on,muac_mm,muac_mm\nX,2026-01-01,9,9\n", "doubled_column"),
    ],
)
def test_a_file_that_is_no_import_is_refused_whole(import_file, text, code):
    with pytest.raises(CommandError, match=code) as refused:
        import_file(text)

    assert refused.value.returncode == 2


def test_an_unknown_user_imports_nothing(tmp_path, db):
    with pytest.raises(CommandError, match="unknown_user"):
        call_command("import_measurements", str(tmp_path / "in.csv"), "--recorded-by", "nobody")


def test_a_file_of_errors_that_cannot_be_written_stops_before_the_first_row(tmp_path, child, health_worker):
    source = tmp_path / "in.csv"
    source.write_text(f"child,measured_on,weight_kg\n{child.code},{day(0)},10.4\n", encoding="utf-8")

    with pytest.raises(CommandError, match=r"\[cannot_write\]") as refused:
        call_command(
            "import_measurements",
            str(source),
            "--recorded-by",
            health_worker.username,
            "--errors",
            str(tmp_path / "nowhere" / "errors.csv"),
        )

    assert refused.value.returncode == 2
    assert not child.measurements.exists()
