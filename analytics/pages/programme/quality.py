"""How well is measured, live and by measurer: digits, spread, flags, ages and sexes against SMART's limits."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from django.http import HttpRequest
from django.utils import formats
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.aggregates.measurers import Measurer, Quality, measurers
from analytics.figures.share_svg import bars_svg, percent
from analytics.pages.programme.files import FileTable
from analytics.pages.programme.page import Answer, ProgrammePage
from analytics.pages.programme.scope import QualityForm, ScopeForm
from children.growth.survey import Check, DigitPreference, Rating

SHOWN = 60  # measurers on the page, those with most visits; the file has all
# Below, nothing is rated: of even digits, chance alone makes a score of 100 / sqrt(visits), 10 at 100 visits.
FEW_VISITS = 100
WORDS: dict[Rating, Promise] = {
    Rating.EXCELLENT: gettext_lazy("excellent"),
    Rating.GOOD: gettext_lazy("good"),
    Rating.ACCEPTABLE: gettext_lazy("acceptable"),
    Rating.PROBLEMATIC: gettext_lazy("problematic"),
}
LEVELS = {
    Rating.EXCELLENT: "none",
    Rating.GOOD: "none",
    Rating.ACCEPTABLE: "moderate",
    Rating.PROBLEMATIC: "high",
}
COLUMNS: tuple[Promise, ...] = (
    gettext_lazy("SMART score"),
    gettext_lazy("Weight digits"),
    gettext_lazy("Length digits"),
    gettext_lazy("MUAC digits"),
    gettext_lazy("SD of WHZ"),
    gettext_lazy("Flagged"),
    gettext_lazy("Ages at whole years"),
    gettext_lazy("Boys to girls"),
)


@dataclass(frozen=True)
class Cell:
    """One check of one measurer: the value, and its rating as level and word (empty where it is not rated)."""

    column: str
    value: str
    level: str
    word: str


@dataclass(frozen=True)
class Row:
    """One measurer: who, and every check."""

    who: str
    clinic: str
    visits: int
    is_of_few: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Digits:
    """How often each last digit was read, of one quantity."""

    title: str
    svg: SafeString
    counts: list[tuple[int, int]]


class QualityPage(ProgrammePage):
    """Names of measurers are for those who look after a clinic's staff; the others see codes."""

    name = "quality"
    url_name = "programme_quality"
    form_class = QualityForm

    def answer(self, request: HttpRequest, form: ScopeForm) -> Answer:
        """Return the checks of everybody together and of each measurer."""
        found, together = measurers(request.user, form.scope())
        context = {
            "rows": [_row(_who(measurer), measurer.clinic, measurer.quality) for measurer in found[:SHOWN]],
            "together": _row(_("All"), "", together) if together else None,
            "more": max(0, len(found) - SHOWN),
            "columns": COLUMNS,
            "digits": _digits(together) if together else [],
            "few_visits": FEW_VISITS,
        }
        return Answer(context, _tables(found, together))


def _who(measurer: Measurer) -> str:
    if not measurer.code:
        return _("not named")
    return measurer.name.title() or _("Measurer %(code)s") % {"code": measurer.code}


def _row(who: str, clinic: str, quality: Quality) -> Row:
    return Row(who, clinic, quality.visits, quality.visits < FEW_VISITS, _cells(quality))


def _cells(quality: Quality) -> list[Cell]:
    checks, heaping = quality.score.checks, quality.ages
    is_rated = quality.visits >= FEW_VISITS
    flagged = checks[Check.FLAGGED]
    ages = heaping.at_whole_years_percent
    values: list[tuple[str, Rating | None]] = [
        (_number(quality.score.points, 0), quality.score.rating),
        *((_number(d.score, 0), d.rating) for d in _all_digits(quality)),
        (_number(quality.whz.sd, 2), checks[Check.STANDARD_DEVIATION].rating),
        ("–" if flagged.value is None else percent(flagged.value / 100), flagged.rating),
        ("–" if ages is None else percent(ages / 100), None),
        (_number(quality.sexes.ratio, 2), checks[Check.SEX_RATIO].rating),
    ]
    return [
        Cell(str(column), value, LEVELS[rating], str(WORDS[rating]))
        if rating and is_rated
        else Cell(str(column), value, "", "")
        for column, (value, rating) in zip(COLUMNS, values, strict=True)
    ]


def _all_digits(quality: Quality) -> tuple[DigitPreference, ...]:
    return quality.weight_digits, quality.length_height_digits, quality.muac_digits


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None or isnan(value) else formats.number_format(value, decimal_pos=decimals)


def _digits(quality: Quality) -> list[Digits]:
    titles = (
        _("Last digit of the weight, 0.1 kg"),
        _("Last digit of the length or height, 0.1 cm"),
        _("Last digit of the MUAC, mm"),
    )
    labels = [str(digit) for digit in range(10)]
    return [
        Digits(title, bars_svg(labels, d.counts, title=title), list(enumerate(d.counts)))
        for title, d in zip(titles, _all_digits(quality), strict=True)
    ]


def _tables(found: list[Measurer], together: Quality | None) -> list[FileTable]:
    header = (
        *("clinic", "measurer", "visits", "smart_points", "smart_rating"),
        *("weight_digit_score", "length_height_digit_score", "muac_digit_score", "whz_sd", "whz_skewness"),
        *("whz_kurtosis", "whz_flagged_percent", "haz_flagged_percent", "age_heaping_p", "sex_ratio", "sex_ratio_p"),
    )
    rows = [_file_row(measurer.clinic, measurer.code, measurer.quality) for measurer in found]
    if together is not None:
        rows.append(_file_row("all", "all", together))
    return [FileTable("measurers", header, rows)]


def _file_row(clinic: str, code: str, quality: Quality) -> list[object]:
    values = (
        *(digits.score for digits in _all_digits(quality)),
        *(quality.whz.sd, quality.whz.skewness, quality.whz.kurtosis),
        *(quality.score.checks[Check.FLAGGED].value, quality.haz_flagged_percent, quality.ages.p),
        *(quality.sexes.ratio, quality.sexes.p),
    )
    rating = quality.score.rating
    rounded = (None if value is None or isnan(value) else round(value, 4) for value in values)
    return [clinic, code, quality.visits, quality.score.points, rating.value if rating else None, *rounded]
