"""The data quality report of a survey, and which criteria find which children, as a table: one figure a line.

What the figures mean and how they are rated is decided in `children.growth.survey`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TextIO

from children.growth.survey import (
    CRITERIA,
    AgeHeaping,
    ConcordanceReport,
    DigitPreference,
    QualityReport,
    QualitySummary,
    Rating,
    RatioTest,
    Shape,
)

HEADER = ("measurer", "subject", "figure", "value", "rating")
WHOLE_SURVEY = ""

Value = float | int | bool | None


@dataclass(frozen=True, slots=True)
class _Figure:
    subject: str
    name: str
    value: Value
    rating: Rating | None = None


def write_quality(report: QualityReport, criteria: ConcordanceReport | None, file: TextIO) -> None:
    """Write the figures of the whole survey, then of each measurer, those with most children first.

    criteria: which of them find which children; None where they are not compared (no arms measured, 5-19 years).
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    parts = [(WHOLE_SURVEY, _figures(report.overall))]
    if criteria is not None:
        parts.append((WHOLE_SURVEY, _concordance(criteria)))
    parts += [(measurer, _figures(summary)) for measurer, summary in report.by_measurer.items()]
    for measurer, figures in parts:
        for figure in figures:
            writer.writerow((measurer, figure.subject, figure.name, _text(figure.value), figure.rating or ""))


def _figures(summary: QualitySummary) -> Iterator[_Figure]:
    yield _Figure("survey", "children", summary.children)
    if summary.score is not None:
        yield _Figure("smart_score", "children", summary.scored)
        yield _Figure("smart_score", "points", summary.score.points, summary.score.rating)
        for check, result in summary.score.checks.items():
            yield _Figure(f"smart_{check}", "value", result.value, result.rating)
            yield _Figure(f"smart_{check}", "points", result.points)
    for index, quality in summary.indices.items():
        yield _Figure(index, "children", quality.children)
        yield _Figure(index, "flagged", quality.flagged)
        yield _Figure(index, "flagged_percent", quality.flagged_percent)
        yield from _shape(index, quality.shape)
    if summary.muac.children:
        yield _Figure("muac", "children", summary.muac.children)
        yield _Figure("muac", "outside", summary.muac.outside)
        yield _Figure("muac", "outside_percent", summary.muac.outside_percent)
        yield _Figure("muac", "sd_plausible", summary.muac.sd_plausible)
        yield from _shape("muac", summary.muac.shape)
    yield from _digits("weight_digits", summary.weight_digits)
    yield from _digits("length_height_digits", summary.length_height_digits)
    yield from _digits("muac_digits", summary.muac_digits)
    yield from _ratio("sex_ratio", "boys", "girls", summary.sex_ratio)
    if summary.age_ratio is not None:
        yield from _ratio("age_ratio", "months_6_29", "months_30_59", summary.age_ratio)
    yield from _heaping(summary.age_heaping)


def _shape(subject: str, shape: Shape) -> Iterator[_Figure]:
    yield _Figure(subject, "mean", shape.mean)
    yield _Figure(subject, "sd", shape.sd)
    yield _Figure(subject, "skewness", shape.skewness)
    yield _Figure(subject, "excess_kurtosis", shape.kurtosis)


def _digits(subject: str, digits: DigitPreference) -> Iterator[_Figure]:
    if digits.score is None:
        return
    yield _Figure(subject, "score", digits.score, digits.rating)
    for digit, count in enumerate(digits.counts):
        yield _Figure(subject, f"digit_{digit}", count)


def _ratio(subject: str, first: str, second: str, ratio: RatioTest) -> Iterator[_Figure]:
    yield _Figure(subject, first, ratio.first)
    yield _Figure(subject, second, ratio.second)
    yield _Figure(subject, "ratio", ratio.ratio)
    yield _Figure(subject, "expected_ratio", ratio.expected_ratio)
    yield _Figure(subject, "p", ratio.p)


def _heaping(heaping: AgeHeaping) -> Iterator[_Figure]:
    yield _Figure("age_heaping", "children", heaping.children)
    yield _Figure("age_heaping", "at_whole_years_percent", heaping.at_whole_years_percent)
    yield _Figure("age_heaping", "expected_percent", heaping.expected_percent)
    yield _Figure("age_heaping", "p", heaping.p)


def _concordance(report: ConcordanceReport) -> Iterator[_Figure]:
    for case in (report.sam, report.gam):
        subject = f"concordance_{case.case}"
        yield _Figure(subject, "children", case.children)
        for region, count in case.regions.items():
            name = "_and_".join(criterion for criterion in CRITERIA if criterion in region)
            yield _Figure(subject, f"only_{name}" if name else "none", count)
        yield _Figure(subject, "both_percent", case.both_percent)
        yield _Figure(subject, "muac_finds_percent", case.muac_finds_percent)
        yield _Figure(subject, "whz_finds_percent", case.whz_finds_percent)
        yield _Figure(subject, "kappa", case.kappa)
    for field in fields(report.not_compared):
        yield _Figure("concordance_not_compared", field.name, getattr(report.not_compared, field.name))


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None or value != value else repr(value).removesuffix(".0")
