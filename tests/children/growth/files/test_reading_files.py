"""Encodings, delimiters, quotes, line ends and rows of the wrong width: one row out for each row in, always."""

from __future__ import annotations

import csv
import os
import threading
from pathlib import Path

import pytest

from children.growth.files import FileRefused, write_zscores
from children.growth.files.records import MOST_LINES_OF_A_ROW
from tests.children.growth.files.answered import CHILD, HEADER, answer

NAMED = "name,sex,age_days,weight,lenhei\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_encodings_of_spreadsheets_are_read_and_utf_8_is_written(tmp_path: Path, encoding: str) -> None:
    content = f"{NAMED}Zoë,f,700,10.1,81.5\n".encode(encoding)

    answered = answer(tmp_path, content)

    assert answered.row["name"] == "Zoë"
    assert answered.row["zlen"] != ""
    assert answered.content.startswith(b"\xef\xbb\xbf") == (encoding in {"utf-8-sig", "utf-16"})


@pytest.mark.parametrize(("byte_order", "mark"), [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")])
def test_both_byte_orders_of_utf_16_are_read(tmp_path: Path, byte_order: str, mark: bytes) -> None:
    answered = answer(tmp_path, mark + f"{NAMED}Zoë,f,700,10.1,81.5\r\n".encode(byte_order))

    assert answered.row["name"] == "Zoë"


def test_one_broken_byte_spoils_no_other_letter(tmp_path: Path) -> None:
    content = (
        NAMED.encode() + "Zoë,f,700,10.1,81.5\n".encode() + b"Jos\xe9,f,700,10.1,81.5\n" + b"\x81,f,700,10.1,81.5\n"
    )

    answered = answer(tmp_path, content)

    assert [row["name"] for row in answered.rows] == ["Zoë", "José", "\x81"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_are_found_and_kept(tmp_path: Path, delimiter: str) -> None:
    content = f"{HEADER}\n{CHILD}\n".replace(",", delimiter)

    answered = answer(tmp_path, content, delimiter=delimiter)

    assert answered.row["zlen"] == answer(tmp_path, f"{HEADER}\n{CHILD}\n").row["zlen"] != ""


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_decimal_commas_are_numbers_where_commas_separate_nothing(tmp_path: Path, delimiter: str) -> None:
    content = f"{HEADER}\n{CHILD}\n".replace(",", delimiter).replace(".", ",")

    answered = answer(tmp_path, content, delimiter=delimiter)

    assert answered.errors == []
    assert answered.row["zwei"] == answer(tmp_path, f"{HEADER}\n{CHILD}\n").row["zwei"]
    assert answered.row["weight"] == "10,1"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.234,5", "thousands_separator"),
        ("1,234,5", "thousands_separator"),
        (",5", "not_a_number"),
        ("10,", "not_a_number"),
    ],
)
def test_commas_that_are_no_decimal_ones_are_errors(tmp_path: Path, cell: str, code: str) -> None:
    answered = answer(tmp_path, f"sex;age_days;weight\nf;700;{cell}\n", delimiter=";")

    assert answered.codes == [("weight", code)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems_are_read(tmp_path: Path, line_end: str) -> None:
    content = line_end.join([HEADER, CHILD, CHILD]) + line_end

    answered = answer(tmp_path, content)

    assert [row["zlen"] for row in answered.rows] == [answered.rows[0]["zlen"]] * 2 != [""] * 2
    assert answered.content.count(b"\r\n") == (3 if line_end == "\r\n" else 0)


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_characters_that_only_python_takes_for_line_ends_end_no_row(tmp_path: Path, odd: str) -> None:
    answered = answer(tmp_path, f"{NAMED}a{odd}b,f,700,10.1,81.5\n")

    assert answered.row["name"] == f"a{odd}b"


def test_a_last_line_without_end_is_a_row(tmp_path: Path) -> None:
    assert len(answer(tmp_path, f"{HEADER}\n{CHILD}").rows) == 1


def test_empty_lines_are_no_rows_and_counted_as_lines(tmp_path: Path) -> None:
    answered = answer(tmp_path, f"\n\n{HEADER}\n\n{CHILD}\n\n{CHILD.replace('10.1', 'x')}\n\n")

    assert len(answered.rows) == 2
    assert answered.errors[0]["line"] == "7"


def test_a_header_alone_is_answered_with_a_header(tmp_path: Path) -> None:
    answered = answer(tmp_path, HEADER)

    assert answered.rows == []
    assert answered.header[-1] == "fbfa"


def test_quoted_cells_keep_line_ends_delimiters_and_quotes(tmp_path: Path) -> None:
    name = 'Ana "Nita",\r\nof\rthe\nhill'
    quoted = name.replace('"', '""')

    answered = answer(tmp_path, f'{NAMED}"{quoted}",f,700,10.1,81.5\nBo,f,700,x,81.5\n')

    assert [row["name"] for row in answered.rows] == [name, "Bo"]
    assert answered.rows[0]["zlen"] != ""
    assert answered.errors[0]["line"] == "6"


def test_a_row_over_several_lines_may_lie_across_pieces(tmp_path: Path) -> None:
    row = '"one\ntwo\nthree",f,700,10.1,81.5\n'

    answered = answer(tmp_path, NAMED + row * 50, piece_chars=37)

    assert [row["name"] for row in answered.rows] == ["one\ntwo\nthree"] * 50


@pytest.mark.parametrize("name", ['"Ali', '"', 'Ali"', '5"', '"Ali" the first', 'A"l"i'])
def test_a_stray_quote_swallows_no_row(tmp_path: Path, name: str) -> None:
    good = "Bo,f,700,10.1,81.5\n"

    answered = answer(tmp_path, f'{NAMED}{name},f,700,10.1,81.5\n{good * 3}"Cy",f,700,10.1,81.5\n{good}')

    assert [row["name"] for row in answered.rows] == [name, "Bo", "Bo", "Bo", "Cy", "Bo"]
    assert all(row["zlen"] for row in answered.rows)


def test_a_stray_quote_is_told(tmp_path: Path) -> None:
    answered = answer(tmp_path, f'{NAMED}Bo,f,700,10.1,81.5\n"Ali,f,700,10.1,81.5\n')

    assert [(error["line"], error["code"]) for error in answered.errors] == [("3", "stray_quote")]


def test_a_quote_that_is_never_closed_is_given_up_in_a_long_file(tmp_path: Path) -> None:
    count = 3 * MOST_LINES_OF_A_ROW

    answered = answer(tmp_path, f'{NAMED}"Ali,f,700,10.1,81.5\n' + "Bo,f,700,10.1,81.5\n" * count, piece_chars=1000)

    assert len(answered.rows) == count + 1
    assert answered.rows[0]["name"] == '"Ali'


def test_a_row_with_too_few_cells_is_told_and_answered(tmp_path: Path) -> None:
    answered = answer(tmp_path, f"{NAMED}Bo,f,700,10.1\n")

    assert answered.codes == [("", "too_few_cells")]
    assert answered.row["zwei"] != ""
    assert answered.row["lenhei"] == answered.row["zlen"] == ""


def test_a_row_with_too_many_cells_is_told_and_has_no_answer(tmp_path: Path) -> None:
    answered = answer(tmp_path, f"{NAMED}Bo, junior,f,700,10.1,81.5\nCy,f,700,10.1,81.5\n")

    assert answered.codes == [("", "too_many_cells")]
    assert {answered.rows[0][name] for name in answered.header[5:]} == {""}
    assert answered.rows[0]["name"] == "Bo"
    assert answered.rows[1]["zlen"] != ""


def test_empty_cells_behind_a_row_say_nothing(tmp_path: Path) -> None:
    answered = answer(tmp_path, f"{NAMED}Bo,f,700,10.1,81.5,,,\n")

    assert answered.errors == []
    assert answered.row["zlen"] != ""


def test_a_zero_byte_in_a_text_passes_through(tmp_path: Path) -> None:
    answered = answer(tmp_path, f"{NAMED}a\0b,f,700,10.1,81.5\n")

    assert answered.row["name"] == "a\0b"
    assert answered.row["zlen"] != ""


@pytest.mark.parametrize("piece_chars", [1, 7, 64, 1000])
def test_the_length_of_pieces_changes_nothing(tmp_path: Path, piece_chars: int) -> None:
    content = f'{HEADER},name\r\n{CHILD},"a\r\nb"\r\n\r\n{CHILD},"c\r\n{CHILD.replace("10.1", "x")},d\r\n{CHILD}'

    whole, in_pieces = answer(tmp_path, content), answer(tmp_path, content, piece_chars=piece_chars)

    assert in_pieces.content == whole.content
    assert in_pieces.errors == whole.errors
    assert in_pieces.report == whole.report


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe, target = tmp_path / "pipe", tmp_path / "out.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"{HEADER}\n{CHILD}\n",))
    writer.start()

    report = write_zscores(pipe, target)
    writer.join()

    assert report.rows == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\n\n\r\n", "empty_file"),
        (b"PK\x03\x04\x14\x00", "binary_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "binary_file"),
        (b"\x1f\x8b\x08", "binary_file"),
        (b"%PDF-1.7\n", "binary_file"),
        ("sex,weight\n".encode("utf-16-le"), "binary_file"),
        (bytes(range(256)) * 10, "binary_file"),
        (b"x" * (1 << 21), "line_too_long"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_no_file(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        answer(tmp_path, content)

    assert refusal.value.code == code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def test_what_python_reads_strictly_is_read_the_same(tmp_path: Path) -> None:
    rows = [["a,b", 'c"d', "", "e\nf", " g "], ["", "", "", "", "x"], ['"', ",", "\n", "\r\n", "'"]]
    source = tmp_path / "in.csv"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([["one", "two", "three", "four", "weight"], *rows])

    answered = answer(tmp_path, source.read_bytes())

    assert [list(row.values())[:5] for row in answered.rows] == rows
