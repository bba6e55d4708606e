"""Whatever a text file holds, every row comes out once and in order, and no row's answer depends on another row."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from children.growth.files import FileRefused
from tests.children.growth.files.answered import HEADER, answer

# Cells as people and programs write them, with some that make trouble.
CELLS = st.one_of(
    st.decimals(-10, 2000, places=2).map(str),
    st.sampled_from(
        ["", "NA", "1", "2", "f", "M", "l", "H", "y", "0", "-1", "12-Mar", "nan", "inf", "1e308", "male", "x"]
    ),
    st.text(st.characters(exclude_characters='",\r\n\0', exclude_categories=["Cs"]), max_size=6),
)
ROWS = st.lists(CELLS, min_size=len(HEADER.split(",")), max_size=len(HEADER.split(","))).map(",".join)


def answered_rows(content: str | bytes, **options: object) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        return answer(Path(folder), content, **options).rows


@given(rows=st.lists(ROWS, min_size=1, max_size=12), piece_chars=st.integers(1, 400), data=st.data())
@settings(max_examples=60, deadline=None)
def test_order_and_pieces_change_nothing(rows: list[str], piece_chars: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(rows))))

    straight = answered_rows("\n".join([HEADER, *rows]))
    shuffled = answered_rows("\n".join([HEADER, *(rows[place] for place in order)]), piece_chars=piece_chars)

    assert shuffled == [straight[place] for place in order]


@given(lines=st.lists(st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs"])), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_text_without_quotes_loses_no_row(lines: list[str]) -> None:
    rows = answered_rows("\n".join([HEADER, *lines]))

    assert len(rows) == sum(line != "" for line in lines)
    assert [row["id"] for row in rows] == [line.split(",")[0] for line in lines if line]


@given(text=st.text(st.sampled_from('",;\n\ra1 ')), header=st.sampled_from([HEADER, "weight", '"weight"']))
@settings(max_examples=200, deadline=None)
def test_no_arrangement_of_quotes_and_line_ends_loses_the_row_behind_it(text: str, header: str) -> None:
    last = ",".join(["last"] * len(header.split(",")))

    rows = answered_rows(f"{header}\n{text}\n{last}\n")

    assert "last" in "".join(rows[-1].values())


@given(content=st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_bytes_below_a_header_crash(content: bytes) -> None:
    rows = answered_rows(HEADER.encode() + b"\n" + content)

    assert len(rows) == sum(line != b"" for line in content.replace(b"\r", b"\n").split(b"\n")) or b'"' in content


@given(content=st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_bytes_without_a_header_are_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(FileRefused, match=r"[.]$"):
        answered_rows(content)
