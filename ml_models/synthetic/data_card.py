"""The data card of a generated training set, written from its tables.

    python -m ml_models.synthetic.data_card --set DIR --out docs/data_card.md

DIR holds films_*.npz and manifest.json as `ml_models.synthetic.generate` writes them. Beside the card comes a picture
of height-for-age (images/synthetic-haz.svg). Numbers are counted from the tables; what is drawn at random is read from
the code's own constants.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.card_text import FRAME
from ml_models.synthetic.children import HEIGHT, load_lms, zscores
from ml_models.synthetic.chunks import Part, sha256_of
from ml_models.synthetic.film_table import FilmTable, load_films
from ml_models.synthetic.haz_plot import draw_haz
from ml_models.synthetic.manifest import MANIFEST
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

PROJECTED = "projected"
PICTURE = Path("images") / "synthetic-haz.svg"
AGE_BANDS_DAYS = (0, 183, 365, 731, 1096, 1461, 1827)
AGE_NAMES = ("0-5 months", "6-11 months", "12-23 months", "24-35 months", "36-47 months", "48-60 months")
HAZ_BANDS = (-np.inf, -3.0, -2.0, 1.0, np.inf)
HAZ_NAMES = ("below -3", "-3 to below -2", "-2 to below +1", "+1 and above")


def load_set(folder: Path) -> dict[str, FilmTable]:
    """The film tables of a generated set by name: the parts, and `projected` where there is one."""
    paths = {name: folder / f"films_{name}.npz" for name in (*(part.value for part in Part), PROJECTED)}
    return {name: load_films(path) for name, path in paths.items() if path.exists()}


def height_for_age(films: FilmTable) -> FloatArray:
    """z-scores of the bodies, (n,)."""
    return zscores(films.measured, films.is_girl, films.age_days, load_lms())[:, HEIGHT]


def children_of(films: FilmTable) -> FilmTable:
    """One film of each child: front and side films of one number show the same one."""
    lying = films.scan_type == ScanType.LYING_ABOVE.value
    _, rows = np.unique(np.stack([films.child, lying.astype(np.int64)]), axis=1, return_index=True)
    return films.take(np.sort(rows))


def write_card(folder: Path, out: Path) -> None:
    """Write the card to `out` and its picture beside it. Raises FileNotFoundError without tables."""
    tables = load_set(folder)
    if not tables:
        raise FileNotFoundError(f"{folder} holds no films_*.npz: run ml_models.synthetic.generate first")
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    (out.parent / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    draw_haz({name: height_for_age(films) for name, films in tables.items()}, out.parent / PICTURE)
    text = FRAME.format(
        origin=origin_table(manifest) if manifest else hash_table(folder, tables),
        films=films_table(tables),
        sex=count_table("sex", {name: sexes(films) for name, films in tables.items()}),
        age=count_table(
            "age", {name: banded(films.age_days, AGE_BANDS_DAYS, AGE_NAMES) for name, films in tables.items()}
        ),
        tone=count_table("skin tone", {name: tones(films) for name, films in tables.items() if name != PROJECTED}),
        haz=count_table(
            "height-for-age",
            {name: banded(height_for_age(films), HAZ_BANDS, HAZ_NAMES) for name, films in tables.items()},
        ),
        picture=PICTURE.as_posix(),
    )
    out.write_text(text, encoding="utf-8")


def films_table(tables: Mapping[str, FilmTable]) -> str:
    """Films by scan type, and how many children they show."""
    lines = [["part", *(scan_type.value for scan_type in ScanType), "films", "children", "found in every frame"]]
    for name, films in tables.items():
        counts = [int(np.sum(films.scan_type == scan_type.value)) for scan_type in ScanType]
        found = float(np.mean(~np.isnan(films.frames_px[:, :, 0, 0]).any(axis=1)))
        children = children_of(films)
        lines.append([name, *(f"{count:,}" for count in [*counts, sum(counts), len(children.child)]), f"{found:.1%}"])
    return as_markdown(lines)


def count_table(heading: str, counts: Mapping[str, Mapping[str, int]]) -> str:
    """Films of each group: a row a group, a column a part."""
    groups = list(next(iter(counts.values())))
    lines = [[heading, *counts]]
    for group in groups:
        lines.append([group, *(f"{column[group]:,}" for column in counts.values())])
    return as_markdown(lines)


def sexes(films: FilmTable) -> dict[str, int]:
    """Films of girls and boys."""
    return {"girls": int(films.is_girl.sum()), "boys": int((~films.is_girl).sum())}


def tones(films: FilmTable) -> dict[str, int]:
    """Films of each skin tone."""
    names = ("0 (lightest)", "1", "2", "3", "4", "5 (darkest)")
    return {name: int(np.sum(films.skin_tone == tone)) for tone, name in enumerate(names)}


def banded(values: NDArray[Any], edges: Iterable[float], names: Iterable[str]) -> dict[str, int]:
    """Films in each band [edge, next edge)."""
    counts, _ = np.histogram(values, bins=np.array(list(edges)))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def origin_table(manifest: Mapping[str, Any]) -> str:
    """Seeds, commit and versions."""
    seeds = ", ".join(str(seed) for seed in manifest["seeds"])
    lines = [["what", "value"], ["films", f"{manifest['samples']:,}"], ["seeds", seeds]]
    lines.append(["code", f"`{manifest['code_commit']}`"])
    lines += [[name, str(version or "not installed")] for name, version in manifest["versions"].items()]
    return as_markdown(lines)


def hash_table(folder: Path, names: Iterable[str]) -> str:
    """What the tables of a set without a manifest are known by; their seeds stand in SOURCES.md beside them."""
    lines = [["table", "SHA-256"]]
    lines += [[path.name, f"`{sha256_of(path)}`"] for path in (folder / f"films_{name}.npz" for name in names)]
    return f"{as_markdown(lines)}\n\nSeeds, code and licences: `SOURCES.md` beside the tables."


def as_markdown(lines: list[list[str]]) -> str:
    """A table whose first line is its head."""
    head, *body = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([head, "|---" * len(lines[0]) + "|", *body])


def main() -> None:
    """Write the card from the command line."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--set", type=Path, required=True, metavar="DIR", dest="folder")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write_card(arguments.folder, arguments.out)


if __name__ == "__main__":
    main()
