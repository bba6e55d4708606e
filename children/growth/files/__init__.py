"""Files of measurements in and out: WHO Anthro's column names, cells as people type them, errors by line.

Reads in pieces, so a file of any length fits in memory. `zscores.py` answers a file row by row, `survey_file.py` reads
one as a survey. What a z-score or a prevalence is, is decided in `children.growth` above; nothing here knows Django.
"""

from children.growth.files.ages import AgeUnit
from children.growth.files.cells import CellError
from children.growth.files.prevalence import write_prevalence
from children.growth.files.refusal import FileRefused
from children.growth.files.report import FileReport
from children.growth.files.source import OnBytes
from children.growth.files.survey_file import SurveyColumns
from children.growth.files.zscores import write_zscores

__all__ = [
    "AgeUnit",
    "CellError",
    "FileRefused",
    "FileReport",
    "OnBytes",
    "SurveyColumns",
    "write_prevalence",
    "write_zscores",
]
