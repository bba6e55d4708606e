"""Survey analysis: prevalence by the design of a sample, data quality, concordance of criteria.

Pure like the rest of the engine. `survey_of` makes a Survey of columns; the other functions read it.
"""

from children.growth.survey.prevalence import OedemaRule, PrevalenceTable, estimate_prevalence
from children.growth.survey.sample import Grouping, Labels, Survey, survey_of

__all__ = [
    "Grouping",
    "Labels",
    "OedemaRule",
    "PrevalenceTable",
    "Survey",
    "estimate_prevalence",
    "survey_of",
]
