"""The figures of a model's manifest as tables: whatever rows it has, in words.

Reads defensively: a manifest of another age or kind shows what it has. Nothing is worked out here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext as _

from children.numbers import printed_number, printed_percent

Row = Mapping[str, Any]

#: Figures of children measured by hand; all others are of rendered children.
REAL_CHILDREN = ("held_out_pairs",)
#: What `part` says of a group of films as a whole, and how it begins for groups by skin tone.
EVERYONE, SKIN_TONE = "all", "skin tone"
HEIGHT = "height_cm"
#: Of figures that are shares, the group that they stand in: shown as percent.
SHARES = ("coverage", "within_cm", "stunting")
DECIMALS = {"height_cm": 2, "weight_kg": 2, "muac_mm": 1, "head_circumference_cm": 2}
NOTHING = "–"
#: The database keeps keys of JSON in an order of its own; this is the order of reading. What is not named comes after.
ORDER = (
    *REAL_CHILDREN,
    "rendered_test_films",
    "posture",
    "view",
    "cue",
    "part",
    "children",
    "sessions",
    "n",
    "height_cm",
    "weight_kg",
    "muac_mm",
    "head_circumference_cm",
    "mae",
    "mae_interval",
    "bias",
    "z_correlation",
    "z_r",
    "coverage",
    "within_cm",
    "baseline_mae",
)
COUNTS = ("children", "sessions", "n")


@dataclass(frozen=True)
class FigureTable:
    """One table; `rows`: cells, the first of which heads its row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """The rows with the heading of its column beside each cell, for narrow screens."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class FigureSection:
    """All tables of one set of films or children. `rendered`: they are of rendered children."""

    title: str
    rendered: bool
    main: tuple[FigureTable, ...]
    more: tuple[FigureTable, ...]


def figure_sections(metrics: Mapping[str, Any]) -> list[FigureSection]:
    """Return a section for each part of the manifest's `metrics` that is a list of rows."""
    sections = []
    for name in sorted(metrics, key=_place):
        rows = metrics[name]
        if not (isinstance(rows, list) and rows and all(isinstance(row, Mapping) for row in rows)):
            continue
        whole = [row for row in rows if row.get("part", EVERYONE) == EVERYONE]
        toned = [row for row in rows if str(row.get("part", "")).startswith(SKIN_TONE)]
        rest = [row for row in rows if row not in whole and row not in toned]
        overall = _tables(whole)
        main = [table for table in overall if table.title == quantity_words(HEIGHT)] or overall[:1]
        main += _renamed(_tables(toned)[:1], _("By skin tone: length or height"))
        more = [table for table in overall if table not in main]
        more += _renamed(_tables(rest)[:1], _("By place of the marker, age and true height for age: length or height"))
        rendered = name not in REAL_CHILDREN
        sections.append(FigureSection(section_words(name), rendered, tuple(main), tuple(more)))
    return sections


def section_words(name: str) -> str:
    """Return the heading of a part of the figures."""
    known = {
        "rendered_test_films": _("Rendered test films, told with the errors of operators and phones"),
        "rendered_test_films_exact_scale": _("The same films with the true scale"),
        "held_out_pairs": _("Children measured by hand, held out of the training"),
    }
    return known.get(name) or name.replace("_", " ").capitalize()


def quantity_words(name: str) -> str:
    """Return the name of a quantity with its unit, or of a group of figures."""
    known = {
        "height_cm": _("Length or height, cm"),
        "weight_kg": _("Weight, kg"),
        "muac_mm": _("MUAC, mm"),
        "head_circumference_cm": _("Head circumference, cm"),
    }
    return known.get(name) or name.replace("_", " ").capitalize()


def column_words(name: str) -> str:
    """Return the heading of a column; `group.name` where it stands in a group."""
    known = {
        "children": _("n children"),
        "sessions": _("n sessions"),
        "n": _("n"),
        "scale_relative_sd_median": _("SD of the scale"),
        "mae": _("Mean absolute error"),
        "mae_interval": _("its 95 % interval"),
        "baseline_mae": _("… by age and sex alone"),
        "bias": _("Bias"),
        "z_correlation": _("r of z"),
        "z_r": _("r of z"),
        "r2": _("R²"),
        "haz_slope": _("Slope of HAZ"),
        "severely_stunted_haz_bias": _("HAZ bias below −3"),
        "stunting.sensitivity": _("Stunting: sensitivity"),
        "stunting.specificity": _("Stunting: specificity"),
    }
    group, _dot, last = name.partition(".")
    if group == "coverage":
        return _("In the %(percent)s %% interval") % {"percent": last}
    if group == "within_cm":
        return _("Within %(limit)s cm") % {"limit": last.replace(".", get_format("DECIMAL_SEPARATOR"))}
    return known.get(name) or name.replace("_", " ").replace(".", " ")


def _tables(rows: Sequence[Row]) -> list[FigureTable]:
    """Return one table for each quantity, height first, and one for what belongs to none."""
    if not rows:
        return []
    keys = _keys(rows)
    quantities = [key for key in keys if _holds_figures(rows, key) and key not in SHARES]
    labels = [key for key in keys if any(isinstance(row.get(key), str) for row in rows)]
    tables = [
        _table(quantity_words(name), rows, labels, name, [row.get(name) or {} for row in rows]) for name in quantities
    ]
    others = [{key: value for key, value in row.items() if key not in {*quantities, *labels, *COUNTS}} for row in rows]
    if any(others):
        tables.append(_table(_("Further figures"), rows, labels, "", others))
    return tables


def _table(
    title: str, rows: Sequence[Row], labels: Sequence[str], quantity: str, figures: Sequence[Row]
) -> FigureTable:
    counts = [key for key in COUNTS if any(row.get(key) is not None for row in rows)]
    flat = [_flat(found) for found in figures]
    columns = _keys(flat)
    cells = tuple(
        (
            _about(row, labels),
            *(_text(key, row.get(key), "") for key in counts),
            *(_text(name, found.get(name), quantity) for name in columns),
        )
        for row, found in zip(rows, flat, strict=True)
    )
    headings = (_("Films, scale from"), *(column_words(name) for name in (*counts, *columns)))
    return FigureTable(title, headings, cells)


def _about(row: Row, labels: Sequence[str]) -> str:
    """Return what a row speaks of: lying above, marker, skin tone 3."""
    words = [str(row[key]) for key in labels if row.get(key) not in (None, EVERYONE)]
    return ", ".join(word.replace("_", " ") for word in words) or _("all")


def _renamed(tables: Sequence[FigureTable], title: str) -> list[FigureTable]:
    return [FigureTable(title, table.columns, table.rows) for table in tables]


def _keys(rows: Sequence[Row]) -> list[str]:
    """Return the keys of all rows in the order of reading."""
    return sorted({key for row in rows for key in row}, key=_place)


def _place(key: str) -> tuple[int, str]:
    first = key.partition(".")[0]
    return (ORDER.index(first) if first in ORDER else len(ORDER), key)


def _holds_figures(rows: Sequence[Row], key: str) -> bool:
    return any(isinstance(row.get(key), Mapping) for row in rows)


def _flat(figures: Row) -> dict[str, Any]:
    """Return nested figures with the keys joined: coverage.90."""
    flat: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _text(name: str, value: Any, quantity: str) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, list | tuple):
        return _("%(low)s to %(high)s") % {
            "low": _text(name, value[0], quantity),
            "high": _text(name, value[-1], quantity),
        }
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if name.partition(".")[0] in SHARES:
        return printed_percent(value)
    if name == "scale_relative_sd_median":
        return printed_percent(value, decimals=1)
    if isinstance(value, int):
        return printed_number(value, ",")
    decimals = DECIMALS.get(quantity, 2) if name in {"mae", "baseline_mae", "bias", "mae_interval"} else 2
    return printed_number(value, f"+.{decimals}f" if "bias" in name else f".{decimals}f")
