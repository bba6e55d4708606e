"""Which groups a prevalence table has, in WHO's order and words.

Age and sex groups are fixed lists, shown also when empty. Other groups are what the survey's rows name.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from children.growth.columns import BOY_CODE, GIRL_CODE, FloatArray
from children.growth.survey.sample import MISSING_LABEL, Grouping, IntArray, Labels, Survey
from children.growth.types import Standard

ALL = "All"
SEXES = ("Female", "Male")

# Lower limits in unrounded months and labels of the age groups; the last limit ends the last group. Source: WHO Anthro.
AGE_LIMITS = (0.0, 6.0, 12.0, 24.0, 36.0, 48.0, 60.0)
AGE_NAMES = ("00-05 mo", "06-11 mo", "12-23 mo", "24-35 mo", "36-47 mo", "48-59 mo")

# The same for 5-19 years, by year and by five years; exactly 228 months is a group of its own. Source: WHO AnthroPlus.
YEAR_LIMITS = (*(12.0 * year for year in range(5, 20)), 229.0)
YEAR_NAMES = (*(f"{12 * year}-{12 * year + 11} mo" for year in range(5, 19)), "228-228 mo")
WIDE_LIMITS = (60.0, 120.0, 180.0, 229.0)
WIDE_NAMES = ("60-119 mo", "120-179 mo", "180-228 mo")

# Source: WHO Anthro; files say 1-5 or Q1-Q5, anything else is missing.
WEALTH_NAMES = ("Q1: Poorest", "Q2", "Q3", "Q4", "Q5: Richest")
WEALTH_CODES = {f"{mark}{quintile}": quintile - 1 for mark in ("", "Q") for quintile in range(1, 6)}

LABEL_OF_GROUPING = {
    Grouping.AREA: "Area",
    Grouping.REGION: "Geographical region",
    Grouping.WEALTH: "Wealth quintile",
    Grouping.EDUCATION: "Maternal education",
    Grouping.OTHER: "Other grouping",
}


class LabelOrder(StrEnum):
    """In what order the groups of a survey's own labels are listed: WHO's software has two, by the kind of design."""

    # Without clusters and strata. Rows without a label then make an empty group "NA".
    FIRST_SEEN = "first_seen"
    SORTED = "sorted"


@dataclass(frozen=True, slots=True)
class Partition:
    """Groups without overlap: names are the finished labels, codes, shape (n,), the group of each row or -1."""

    names: tuple[str, ...]
    codes: IntArray


def partitions(survey: Survey, *, rows: IntArray, order: LabelOrder) -> tuple[Partition, ...]:
    """Return the groups of the survey's standard for some of its rows."""
    if survey.standard is Standard.WHO2007:
        return _partitions_5_19(survey, rows)
    months, sexes = survey.age_months[rows], _sex_codes(survey, rows)
    ages = _between(AGE_LIMITS, months)
    age_sex = np.where((ages >= 0) & (sexes >= 0), sexes * len(AGE_NAMES) + ages, MISSING_LABEL)
    age_sex_names = tuple(f"{age}.{sex}" for sex in SEXES for age in AGE_NAMES)
    out = [
        _all(len(rows)),
        *_if_any(_fixed("Age group", AGE_NAMES, ages)),
        *_if_any(_fixed("Sex", SEXES, sexes)),
        *_if_any(_fixed("Age + sex", age_sex_names, age_sex)),
    ]
    for grouping, label in LABEL_OF_GROUPING.items():
        labels = survey.groupings.get(grouping)
        if labels is None:
            continue
        if grouping is Grouping.WEALTH:
            out.extend(_if_any(_fixed(label, WEALTH_NAMES, _wealth_codes(labels)[rows])))
        else:
            out.extend(_if_any(_named(label, labels.names, labels.codes[rows], order)))
    return tuple(out)


def _partitions_5_19(survey: Survey, rows: IntArray) -> tuple[Partition, ...]:
    months, sexes = survey.age_months[rows], _sex_codes(survey, rows)
    wide = _between(WIDE_LIMITS, months)
    wide_sex = np.where((wide >= 0) & (sexes >= 0), wide * len(SEXES) + sexes, MISSING_LABEL)
    return (
        _all(len(rows)),
        _fixed("Sex", SEXES, sexes),
        _fixed("Age Group 1", YEAR_NAMES, _between(YEAR_LIMITS, months)),
        _fixed("Age Group 2", WIDE_NAMES, wide),
        _fixed("Age + Sex", tuple(f"{sex}.{age}" for age in WIDE_NAMES for sex in SEXES), wide_sex),
    )


def _all(n: int) -> Partition:
    return Partition((ALL,), np.zeros(n, dtype=np.intp))


def _fixed(label: str, names: tuple[str, ...], codes: IntArray) -> Partition:
    return Partition(tuple(f"{label}: {name}" for name in names), codes)


def _if_any(partition: Partition) -> tuple[Partition, ...]:
    """Return the partition, or nothing where no row has a group, as WHO leaves out what a survey did not record."""
    return (partition,) if (partition.codes >= 0).any() else ()


def _sex_codes(survey: Survey, rows: IntArray) -> IntArray:
    sex = survey.sex[rows]
    codes = np.full(len(rows), MISSING_LABEL, dtype=np.intp)
    codes[sex == GIRL_CODE] = SEXES.index("Female")
    codes[sex == BOY_CODE] = SEXES.index("Male")
    return codes


def _between(limits: tuple[float, ...], months: FloatArray) -> IntArray:
    codes = np.searchsorted(limits, months, side="right") - 1
    # A missing age sorts behind the last limit.
    codes[codes >= len(limits) - 1] = MISSING_LABEL
    return codes


def _wealth_codes(labels: Labels) -> IntArray:
    quintiles = [WEALTH_CODES.get(name, MISSING_LABEL) for name in labels.names]
    return np.array([*quintiles, MISSING_LABEL], dtype=np.intp)[labels.codes]


def _named(label: str, names: tuple[str, ...], codes: IntArray, order: LabelOrder) -> Partition:
    first_row = np.full(len(names) + 1, len(codes))
    first_row[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)  # the last to be written is the first row
    seen = np.flatnonzero(first_row < len(codes))
    if order is LabelOrder.FIRST_SEEN:
        ordered = seen[np.argsort(first_row[seen])].tolist()
    else:
        rank = _rank(names)
        ordered = sorted((code for code in seen.tolist() if code < len(names)), key=rank.__getitem__)
    places = np.full(len(names) + 1, MISSING_LABEL, dtype=np.intp)
    for place, code in enumerate(ordered):
        if code < len(names):
            places[code] = place
    shown = tuple("NA" if code == len(names) else names[code] for code in ordered)
    return Partition(tuple(f"{label}: {name}" for name in shown), places[codes])


def _rank(names: tuple[str, ...]) -> dict[int, int]:
    """Return the place of each code as R sorts in an English locale: numbers by size, words by the alphabet.

    Accents and case count only between words that are otherwise the same: "a" before "A", "None" after "Éducation".
    """
    try:
        by_size = sorted(range(len(names)), key=lambda code: float(names[code]))
    except ValueError:
        by_size = sorted(range(len(names)), key=lambda code: (_letters(names[code]), names[code].swapcase()))
    return {code: place for place, code in enumerate(by_size)}


def _letters(name: str) -> str:
    """Return a word without case and accents."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
