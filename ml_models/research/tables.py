"""Tables of a research data set, CSV or Parquet, as rows of text with the line that each stands in.

Decides what a readable table is; what its cells mean is decided in `cells`. Parquet needs pyarrow, which is not
installed with the portal (requirements-training.txt).
"""

from __future__ import annotations

import csv
import importlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_models.research.errors import ResearchDataError

ENDINGS = (".csv", ".parquet")
HEADER_LINE = 1


@dataclass(frozen=True)
class Row:
    """The cells of one row, stripped, "" where nothing stands. `line`: as an editor counts, the header is 1."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One table; `file`: its name, for messages."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(directory: Path, stem: str) -> Table:
    """Read `stem`.csv or `stem`.parquet of `directory`.

    Raises ResearchDataError: `table_missing`, `table_twice`, `not_utf8`, `not_csv`, `not_parquet`,
    `parquet_not_installed`, `column_twice`, `cells_too_many`, `table_empty`.
    """
    found = [directory / f"{stem}{ending}" for ending in ENDINGS if (directory / f"{stem}{ending}").is_file()]
    if not found:
        raise ResearchDataError("table_missing", f"{directory} holds no {stem}.csv and no {stem}.parquet.")
    if len(found) > 1:
        raise ResearchDataError("table_twice", f"{directory} holds {stem} as CSV and as Parquet. Keep one.")
    path = found[0]
    columns, lines = _csv_lines(path) if path.suffix == ".csv" else _parquet_lines(path)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise ResearchDataError("column_twice", f"{path.name} names {', '.join(twice)} twice.")
    rows = tuple(_row(path.name, line, columns, cells) for line, cells in lines if any(cells))
    if not rows:
        raise ResearchDataError("table_empty", f"{path.name} has no row.")
    return Table(file=path.name, columns=tuple(columns), rows=rows)


def _row(file: str, line: int, columns: list[str], cells: list[str]) -> Row:
    if any(cells[len(columns) :]):
        raise ResearchDataError("cells_too_many", f"{file}, line {line}: more cells than columns.")
    padded = (cells + [""] * len(columns))[: len(columns)]
    return Row(line=line, cells=dict(zip(columns, padded, strict=True)))


def _csv_lines(path: Path) -> tuple[list[str], Iterable[tuple[int, list[str]]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [name.strip() for name in next(reader, [])]
            return header, [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except UnicodeDecodeError as error:
        raise ResearchDataError("not_utf8", f"{path.name} is not UTF-8 text (byte {error.start}).") from error
    except csv.Error as error:
        raise ResearchDataError("not_csv", f"{path.name}, line {reader.line_num}: {error}.") from error


def _parquet_lines(path: Path) -> tuple[list[str], Iterable[tuple[int, list[str]]]]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ResearchDataError(
            "parquet_not_installed", f"{path.name} needs pyarrow (requirements-training.txt); or write it as CSV."
        ) from error
    try:
        table = parquet.read_table(path)
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise ResearchDataError("not_parquet", f"{path.name} is not a Parquet file: {error}.") from error
    columns = [table.column(name).to_pylist() for name in table.column_names]
    rows = zip(*columns, strict=True)
    return list(table.column_names), [
        (line, [_as_text(value) for value in row]) for line, row in enumerate(rows, start=HEADER_LINE + 1)
    ]


def _as_text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # whole numbers of a column with gaps
    return str(value).strip()
