"""Which column of a file is which measurement: WHO Anthro's names and the ones of its sample files.

Names count without regard to case and surrounding spaces. Values are read in `measurements.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from children.growth.files.refusal import FileRefused


class Field(StrEnum):
    """What a column can hold. Lengths and arm circumference are in cm, skinfolds in mm, weight in kg."""

    SEX = "sex"
    AGE_DAYS = "age_days"
    AGE_MONTHS = "age_months"
    AGE = "age"  # in the unit of AGE_UNIT, or of an option
    AGE_UNIT = "age_unit"
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
    Field.AGE_DAYS: ("age_days",),
    Field.AGE_MONTHS: ("age_months", "agemons"),
    Field.AGE: ("age",),
    Field.AGE_UNIT: ("age_unit",),
    Field.WEIGHT: ("weight", "weight_kg"),
    Field.LENGTH_HEIGHT: ("lenhei", "height_cm", "height"),
    Field.POSITION: ("measure",),
    Field.HEAD: ("headc",),
    Field.ARM: ("armc",),
    Field.TRICEPS: ("triskin",),
    Field.SUBSCAPULAR: ("subskin",),
    Field.OEDEMA: ("oedema",),
}
KNOWN_NAMES = frozenset(name for names in NAMES.values() for name in names)
MEASURED = (Field.WEIGHT, Field.LENGTH_HEIGHT, Field.HEAD, Field.ARM, Field.TRICEPS, Field.SUBSCAPULAR)
AGES = (Field.AGE_DAYS, Field.AGE_MONTHS, Field.AGE)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields stand. header: as in the file. places: column of a field. notes: what a user should hear."""

    header: tuple[str, ...]
    places: Mapping[Field, int]
    notes: tuple[str, ...] = field(default=())

    def name_of(self, known: Field) -> str:
        """Return the name that the file gives to a field that is there."""
        return self.header[self.places[known]]

    def place_of_column(self, name: str) -> int | None:
        """Return the place of the column with this name, the first of several, or None."""
        wanted = normal_name(name)
        return next((place for place, found in enumerate(self.header) if normal_name(found) == wanted), None)


def normal_name(name: str) -> str:
    """Return a column's name as names are compared."""
    return name.strip().lower()


def lay_out(header: Sequence[str]) -> Layout:
    """Find the fields in a header. Raises FileRefused("no_usable_column") where nothing measured is there."""
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
    notes += _notes_on_ages(places)
    if Field.SEX not in places:
        notes.append("There is no column sex: without it there is no z-score.")
    return Layout(tuple(header), places, tuple(notes))


def _notes_on_ages(places: Mapping[Field, int]) -> list[str]:
    ages = [age for age in AGES if age in places]
    if not ages:
        return ["There is no column of ages: only weight-for-length/height can be answered."]
    return [f"The age is read from {ages[0]}, not from {other}." for other in ages[1:]]


def _nothing_measured(header: Sequence[str]) -> str:
    names = [name for measured in MEASURED for name in NAMES[measured]]
    shown = ", ".join(repr(name[:20]) for name in header[:8]) or "none"
    return (
        f"No column holds a measurement. The first line must name the columns; one of {', '.join(names)} is needed. "
        f"Found: {shown}."
    )
