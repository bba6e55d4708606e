"""Survey analysis: prevalence by the design of a sample, data quality, concordance of criteria.

Pure like the rest of the engine. `survey_of` makes a Survey of columns; the other functions read it.
"""

from children.growth.survey.concordance import (
    CRITERIA,
    AcuteCase,
    Concordance,
    ConcordanceReport,
    NotCompared,
    concordance,
)
from children.growth.survey.prevalence import OedemaRule, PrevalenceTable, estimate_prevalence
from children.growth.survey.quality import IndexQuality, MuacQuality, QualityReport, QualitySummary, quality_report
from children.growth.survey.quality_checks import AgeHeaping, DigitPreference, RatioTest, Shape
from children.growth.survey.ratings import Check, CheckResult, OverallScore, Rating
from children.growth.survey.sample import Grouping, Labels, Survey, survey_of
from children.growth.survey.shares import Share, share_of

__all__ = [
    "CRITERIA",
    "AcuteCase",
    "AgeHeaping",
    "Check",
    "CheckResult",
    "Concordance",
    "ConcordanceReport",
    "DigitPreference",
    "Grouping",
    "IndexQuality",
    "Labels",
    "MuacQuality",
    "NotCompared",
    "OedemaRule",
    "OverallScore",
    "PrevalenceTable",
    "QualityReport",
    "QualitySummary",
    "Rating",
    "RatioTest",
    "Shape",
    "Share",
    "Survey",
    "concordance",
    "estimate_prevalence",
    "quality_report",
    "share_of",
    "survey_of",
]
