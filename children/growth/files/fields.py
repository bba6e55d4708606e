"""Which column of a file is which measurement: WHO Anthro's names and the ones of its sample files.

Names count without regard to case and surrounding spaces. Values are read in `measurements.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from children.growth.files.ages import AgeUnit
from children.growth.files.refusal import FileRefused


class Field(StrEnum):
    """What a column can hold, besides the age. Lengths and arm circumference in cm, skinfolds in mm, weight in kg."""

    SEX = "sex"
    WEIGHT = "weight"
    LENGTH_HEIGHT = "lenhei"
    POSITION = "measure"
    HEAD = "headc"
    ARM = "armc"
    TRICEPS = "triskin"
    SUBSCAPULAR = "subskin"
    OEDEMA = "oedema"


# Of several names of one field the first that is there is read. Sources: WHO Anthro survey analyser (sex ... oedema),
# the sample survey of WHO's R package anthroplus (agemons, height), WHO's reference rows (height_cm, weight_kg).
NAMES: dict[Field, tuple[str, ...]] = {
    Field.SEX: ("sex",),
    Field.WEIGHT: ("weight", "weight_kg"),
    Field.LENGTH_HEIGHT: ("lenhei", "height_cm", "height"),
    Field.POSITION: ("measure",),
    Field.HEAD: ("headc",),
    Field.ARM: ("armc",),
    Field.TRICEPS: ("triskin",),
    Field.SUBSCAPULAR: ("subskin",),
    Field.OEDEMA: ("oedema",),
}
AGE_NAMES = ("age_days", "age_months", "agemons", "age")
AGE_UNIT_NAME = "age_unit"
KNOWN_NAMES = frozenset({*(name for names in NAMES.values() for name in names), *AGE_NAMES, AGE_UNIT_NAME})
MEASURED = (Field.WEIGHT, Field.LENGTH_HEIGHT, Field.HEAD, Field.ARM, Field.TRICEPS, Field.SUBSCAPULAR)

# What in a column's name tells the unit of its ages: age_days, age_in_days, age_months, agemons.
_UNIT_IN_NAME = (("day", AgeUnit.DAYS), ("mon", AgeUnit.MONTHS))


@dataclass(frozen=True, slots=True)
class AgeColumn:
    """Where the age stands. unit: None where another column, at `unit_place`, gives it by row, or nothing does."""

    name: str
    place: int
    unit: AgeUnit | None
    unit_place: int | None = None

    @property
    def unit_is_unknown(self) -> bool:
        """Whether neither the name nor a column beside it tells the unit."""
        return self.unit is None and self.unit_place is None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields stand. header: as in the file. places: column of a field. notes: what a user should hear."""

    header: tuple[str, ...]
    places: Mapping[Field, int]
    age: AgeColumn | None
    notes: tuple[str, ...] = ()

    def place_of_column(self, name: str) -> int | None:
        """Return the place of the column with this name, the first of several, or None."""
        wanted = normal_name(name)
        return next((place for place, found in enumerate(self.header) if normal_name(found) == wanted), None)


def normal_name(name: str) -> str:
    """Return a column's name as names are compared."""
    return name.strip().lower()


def lay_out(header: Sequence[str], *, age_name: str | None = None, age_unit: AgeUnit | None = None) -> Layout:
    """Find the fields in a header.

    age_name: the column of ages; None: the first of AGE_NAMES that is there. age_unit: stands above what the file says.
    Raises FileRefused: no_usable_column where nothing measured is there, unknown_column where `age_name` is not.
    """
    first_place: dict[str, int] = {}
    notes = []
    for place, name in enumerate(header):
        known = normal_name(name)
        if known in KNOWN_NAMES and known in first_place:
            notes.append(f"The column {name.strip()} is there twice; the first one is read.")
        first_place.setdefault(known, place)
    places = {}
    for known_field, names in NAMES.items():
        there = [name for name in names if name in first_place]
        if there:
            places[known_field] = first_place[there[0]]
            notes += [f"{there[0]} is read, {other} is not: they mean the same." for other in there[1:]]
    if not any(measured in places for measured in MEASURED):
        raise FileRefused("no_usable_column", _nothing_measured(header))
    if Field.SEX not in places:
        notes.append("There is no column sex: without it there is no z-score.")
    age, notes_on_age = _find_age(first_place, age_name, age_unit)
    return Layout(tuple(header), places, age, (*notes, *notes_on_age))


def unknown_column(name: str, header: Sequence[str]) -> FileRefused:
    """Return the refusal of a column that an option names and the file does not have."""
    return FileRefused(
        "unknown_column", f"There is no column {name!r}. The file has {', '.join(column.strip() for column in header)}."
    )


def _find_age(
    first_place: Mapping[str, int], age_name: str | None, age_unit: AgeUnit | None
) -> tuple[AgeColumn | None, list[str]]:
    if age_name is not None and normal_name(age_name) not in first_place:
        raise unknown_column(age_name, list(first_place))
    there = [name for name in AGE_NAMES if name in first_place]
    if age_name is not None:
        name = normal_name(age_name)
    elif there:
        name = there[0]
    else:
        return None, ["There is no column of ages: only weight-for-length/height can be answered."]
    notes = [f"The age is read from {name}, not from {other}." for other in there if other != name]
    in_name = next((unit for word, unit in _UNIT_IN_NAME if word in name), None)
    unit = age_unit or in_name
    if age_unit and in_name and age_unit is not in_name:
        notes.append(f"The age is read from {name} in {age_unit}, as --age-unit says.")
    return AgeColumn(name, first_place[name], unit, None if unit else first_place.get(AGE_UNIT_NAME)), notes


def _nothing_measured(header: Sequence[str]) -> str:
    names = [name for measured in MEASURED for name in NAMES[measured]]
    shown = ", ".join(repr(name[:20]) for name in header[:8]) or "none"
    return (
        "No column holds a measurement. The first line must name the columns, separated by commas, semicolons or tabs; "
        f"one of {', '.join(names)} is needed. Found: {shown}."
    )
