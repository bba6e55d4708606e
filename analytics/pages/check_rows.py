"""Rows of WHO's own answers beside ours, computed when they are shown; and the chosen rows that teach something."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.pages.check_words import ages_words, case_words
from children.growth import Index, Standard, compute_zscores
from children.growth.columns import BOY_CODE, GIRL_CODE, HEIGHT_CODE, LENGTH_CODE
from children.growth.parity.comparison import find_differences, our_values
from children.growth.parity.who_answers import COLUMN_NAMES, Derived, Output, WhoAnswers, who_answers
from children.growth.steps.numbers import number, z_text
from children.numbers import with_marks

CHOSEN = "chosen"

# What each row shows: the id in WHO's file, and the lesson.
LESSONS: dict[Standard, dict[str, str]] = {
    Standard.WHO2006: {
        "2": gettext_lazy("An ordinary visit of a girl of four months."),
        "1501": gettext_lazy("An age in months: 5.982 months are 182.08 days, table row 182."),
        "1": gettext_lazy("Measured lying at four years: 0.7 cm is taken off."),
        "3030": gettext_lazy("Day 730 is before 24 months: a height measured standing gains 0.7 cm."),
        "3044": gettext_lazy("Day 731 is 24 months: a length measured lying loses 0.7 cm."),
        "3036": gettext_lazy("Day 730.49 is row 730, and lying is expected."),
        "3038": gettext_lazy("Day 730.5 rounds up to row 731, and standing is expected."),
        "2099": gettext_lazy("24 months are day 730.5, so row 731: standing is expected."),
        "3031": gettext_lazy("Position not known: nothing is added and nothing taken off."),
        "3000": gettext_lazy("Standing under 9 months can't be: flagged, and used as given."),
        "3012": gettext_lazy("From day 274 (9 months) on, standing is believed: 0.7 cm is added."),
        "3080": gettext_lazy("1826.24 days are below 60 months: the last answer of WHO 2006."),
        "3083": gettext_lazy("1826.25 days are 60 months: WHO 2006 has no answer any more."),
        "2978": gettext_lazy("Day 90.4 is row 90: no arm circumference or skinfold before row 91."),
        "2981": gettext_lazy("Day 90.5 is row 91: the first arm circumference and skinfolds."),
        "34": gettext_lazy("Weight for height below -3: the straight tail."),
        "1013": gettext_lazy("Three indices above +3: the straight tail."),
        "631": gettext_lazy("Weight for age below -3 has a tail; height for age never has one."),
        "611": gettext_lazy("Height for age of -4.97 by the plain formula: no tail."),
        "201": gettext_lazy("Head circumference below -3 by the plain formula: no tail."),
        "1344": gettext_lazy("-2.004 before rounding is -2.00: not wasted."),
        "6239": gettext_lazy("-2.005007 before rounding is -2.01: wasted."),
        "5927": gettext_lazy("-3.002 before rounding is -3.00: moderate, not severe."),
        "5899": gettext_lazy("Exactly -6 for height and weight, -5 for weight for height: not flagged."),
        "3843": gettext_lazy("-6.01 is beyond WHO's limit: flagged, and kept."),
        "6045": gettext_lazy("-5.01 is beyond WHO's limit for weight for length: flagged, and kept."),
        "5905": gettext_lazy("Weight for age of exactly +5: not flagged. 129.8 cm is outside the height table."),
        "3672": gettext_lazy("87.85 cm lies between two rows: L, M and S are straight between them."),
        "4318": gettext_lazy("44.99 cm is outside the length table: no weight for length."),
        "4354": gettext_lazy("45 cm is the first row of the length table."),
        "4895": gettext_lazy("110.01 cm is outside the length table, and the height table is not tried."),
        "4483": gettext_lazy("64.99 cm lying is 64.29 cm standing: outside the height table."),
        "4605": gettext_lazy("Age not known, measured lying: the length table."),
        "4611": gettext_lazy("Age not known, measured standing: the height table."),
        "3670": gettext_lazy("Age and position not known, under 87 cm: the length table."),
        "3722": gettext_lazy("Age and position not known, 87 cm or more: the height table."),
        "5617": gettext_lazy("Oedema: no z-score that rests on the weight."),
        "5219": gettext_lazy("Sex not known: no z-score at all."),
        "5226": gettext_lazy("Weight not measured: the other indices stand."),
        "5856": gettext_lazy("A weight of zero: WHO's software answers, and so do we. The record refuses it."),
    },
    Standard.WHO2007: {
        "4207": gettext_lazy("59.99 months: WHO 2007 has no answer yet."),
        "741": gettext_lazy("60 months: the first answer of WHO 2007, with the tail below -3."),
        "4212": gettext_lazy("60.5 months: half way between the rows of two months."),
        "238": gettext_lazy("120 months: the last weight for age."),
        "4223": gettext_lazy("120.01 months: no weight for age any more."),
        "4231": gettext_lazy("228 months: the last answer of WHO 2007."),
        "4233": gettext_lazy("228.01 months: no answer any more."),
        "8": gettext_lazy("Oedema: no weight for age and no BMI for age."),
        "4": gettext_lazy("BMI for age below -3: the straight tail."),
        "192": gettext_lazy("BMI for age above +3: the straight tail."),
        "860": gettext_lazy("A BMI for age of 1.00 after rounding: not overweight."),
        "3348": gettext_lazy("BMI for age of exactly +5: not flagged."),
        "3575": gettext_lazy("5.01 is beyond WHO's limit: flagged, and kept."),
        "2919": gettext_lazy("Height for age of -6.01: flagged, and kept."),
    },
}
LETTERS = {
    Index.HAZ: gettext_lazy("HAZ"),
    Index.WAZ: gettext_lazy("WAZ"),
    Index.WHZ: gettext_lazy("WHZ"),
    Index.BAZ: gettext_lazy("BAZ"),
    Index.HCZ: gettext_lazy("HCZ"),
    Index.ACZ: gettext_lazy("ACZ"),
    Index.TSZ: gettext_lazy("TSZ"),
    Index.SSZ: gettext_lazy("SSZ"),
}


@dataclass(frozen=True)
class Place:
    """Where a row is."""

    standard: Standard
    place: int


@dataclass(frozen=True)
class Group:
    """One choice of rows."""

    key: str
    name: str


@dataclass(frozen=True)
class Cell:
    """One of WHO's values and ours, as text; empty where there is none."""

    output: Output
    letters: str
    column: str
    whos: str
    ours: str
    flagged: bool
    equal: bool


@dataclass(frozen=True)
class ReferenceRow:
    """One row of WHO's answers beside ours; `child`: its inputs in words."""

    standard: Standard
    row_id: str
    url: str
    ages: str
    case: str
    lesson: str
    child: str
    cells: tuple[Cell, ...]
    equal: bool

    @property
    def scores(self) -> tuple[Cell | None, ...]:
        """The z-scores in the order of LETTERS; None where the standard has no such index."""
        by_output = {cell.output: cell for cell in self.cells}
        return tuple(by_output.get(index) for index in LETTERS)

    @property
    def position_flagged(self) -> bool:
        """Whether WHO's software calls the position implausible."""
        return any(cell.whos == "1" for cell in self.cells if cell.output is Derived.IMPLAUSIBLE_POSITION)


def groups() -> list[Group]:
    """Return the choices: the chosen rows, then every case of both files."""
    found = [Group(CHOSEN, _("Chosen rows that show a rule"))]
    for standard in Standard:
        words = who_answers(standard).words["case"]
        for case in who_answers(standard).cases:
            count = words.count(case)
            rows = ngettext("%(n)d row", "%(n)d rows", count) % {"n": count}
            found.append(Group(f"{standard.value}:{case}", f"{ages_words(standard)}: {case_words(case)} ({rows})"))
    return found


def places_of(key: str) -> list[Place] | None:
    """Return the rows of one choice, or None where there is no such choice."""
    if key == CHOSEN:
        return [
            Place(standard, place)
            for standard, lessons in LESSONS.items()
            for row_id in lessons
            if (place := who_answers(standard).row_of(row_id)) is not None
        ]
    standard, _colon, case = key.partition(":")
    if standard not in list(Standard) or case not in who_answers(Standard(standard)).cases:
        return None
    cases = who_answers(Standard(standard)).words["case"]
    return [Place(Standard(standard), place) for place, name in enumerate(cases) if name == case]


def reference_row(at: Place) -> ReferenceRow:
    """Return one row, computed now."""
    answers = who_answers(at.standard).row(at.place)
    table = compute_zscores(answers.columns, standard=at.standard)
    cells = []
    for difference in find_differences(answers, table):
        name, flag_name = COLUMN_NAMES[at.standard][difference.output]
        cells.append(
            Cell(
                output=difference.output,
                letters=str(LETTERS.get(difference.output, "")) if isinstance(difference.output, Index) else "",
                column=name,
                whos=_text(difference.output, float(answers.numbers(name)[0])),
                ours=_text(difference.output, float(our_values(table, difference.output)[0])),
                flagged=flag_name is not None and bool(answers.numbers(flag_name)[0] == 1),
                equal=not difference.any[0],
            )
        )
    row_id = answers.words["id"][0]
    return ReferenceRow(
        standard=at.standard,
        row_id=row_id,
        url=reverse("check_row", args=[at.standard.value, row_id]),
        ages=ages_words(at.standard),
        case=case_words(answers.words["case"][0]),
        lesson=str(LESSONS[at.standard].get(row_id, "")),
        child=_child_words(answers),
        cells=tuple(cells),
        equal=all(cell.equal for cell in cells),
    )


def _text(output: Output, value: float) -> str:
    if math.isnan(value):
        return ""
    return with_marks(z_text(value) if isinstance(output, Index) else number(value))


def _child_words(answers: WhoAnswers) -> str:
    """Return the inputs of one row as people say them, without what is missing."""
    words, columns = answers.words, answers.columns
    sex = {BOY_CODE: _("Boy"), GIRL_CODE: _("Girl")}.get(int(columns.sex[0]), _("Sex not known"))
    parts = [sex]
    if answers.standard is Standard.WHO2006:
        unit = {"days": _("%(n)s days"), "months": _("%(n)s months")}[words["age_unit"][0]]
        parts.append(unit % {"n": words["age"][0]} if words["age"][0] else _("age not known"))
        length, weight, position = words["lenhei"][0], words["weight"][0], int(columns.position[0])
    else:
        parts.append(
            _("%(n)s months") % {"n": words["age_months"][0]} if words["age_months"][0] else _("age not known")
        )
        length, weight, position = words["height_cm"][0], words["weight_kg"][0], HEIGHT_CODE
    if weight:
        parts.append(f"{weight} kg")
    if length:
        how = {LENGTH_CODE: _("lying"), HEIGHT_CODE: _("standing")}.get(position, _("position not known"))
        parts.append(f"{length} cm {how}")
    for name, label in (("headc", _("head %(n)s cm")), ("armc", _("arm %(n)s cm"))):
        if words.get(name, ("",))[0]:
            parts.append(label % {"n": words[name][0]})
    if columns.oedema[0]:
        parts.append(_("oedema"))
    return with_marks(", ".join(parts)).replace("-", "−")
