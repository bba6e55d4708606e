"""Runs a small file through `write_zscores` and gives back what came out, as rows by column name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from children.growth.files import FileReport, write_zscores

HEADER = "id,sex,age_days,weight,lenhei,measure,headc,armc,triskin,subskin,oedema"
CHILD = "1,f,700,10.1,81.5,l,46,14.2,7,6,n"


@dataclass(frozen=True)
class Answered:
    report: FileReport
    header: list[str]
    rows: list[dict[str, str]]
    errors: list[dict[str, str]]
    content: bytes

    @property
    def row(self) -> dict[str, str]:
        """The only row."""
        (row,) = self.rows
        return row

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Column and code of each error."""
        return [(error["column"], error["code"]) for error in self.errors]


def answer(folder: Path, content: str | bytes, *, delimiter: str = ",", **options: Any) -> Answered:
    """Return what becomes of a file with this content."""
    source, target, errors_to = folder / "in.csv", folder / "out.csv", folder / "errors.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = write_zscores(source, target, errors_to=errors_to, **options)
    with target.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        rows = list(reader)
    with errors_to.open(encoding="utf-8", newline="") as file:
        errors = list(csv.DictReader(file))
    return Answered(report, list(reader.fieldnames or []), rows, errors, target.read_bytes())


def answer_child(folder: Path, **options: Any) -> Answered:
    """Return what becomes of a child of 700 days with some cells changed: `answer_child(folder, weight="12-Mar")`."""
    cells = dict(zip(HEADER.split(","), CHILD.split(","), strict=True))
    changed = {name: options.pop(name) for name in list(options) if name in cells}
    quoted = [f'"{cell}"' if "," in cell else cell for cell in (cells | changed).values()]
    return answer(folder, f"{HEADER}\n{','.join(quoted)}\n", **options)
