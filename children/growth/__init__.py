"""Growth of children against the WHO standards: measurements in, z-scores, classes and one answer out.

Pure arithmetic on numbers: standard library and NumPy, no Django, no database, no clock.
"""

from children.growth.assessment import ENGINE_VERSION, assess
from children.growth.columns import Columns
from children.growth.curves import CurveSegment, curves, curves_through, has_curve, measurement_at_z
from children.growth.errors import MeasurementError, TablesError
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.lms import centile, centiles
from children.growth.settings import BannerRule, GrowthSettings
from children.growth.types import (
    Action,
    Acute,
    Assessment,
    Criterion,
    Flag,
    GrowthInput,
    Index,
    Missing,
    OverweightClass,
    Position,
    PreviousVisit,
    ProbableClass,
    ResultRow,
    RiskLevel,
    RowCode,
    Severity,
    Sex,
    Source,
    Standard,
    ZScore,
)
from children.growth.uncertainty import CrossedCutoff, crossed_cutoffs
from children.growth.unit_slip import UnitSlip, suspect_unit_slip
from children.growth.validation import input_errors, validate_input

__all__ = [
    "ENGINE_VERSION",
    "Action",
    "Acute",
    "Assessment",
    "BannerRule",
    "Columns",
    "Criterion",
    "CrossedCutoff",
    "CurveSegment",
    "Flag",
    "GrowthInput",
    "GrowthSettings",
    "Index",
    "MeasurementError",
    "Missing",
    "OverweightClass",
    "Position",
    "PreviousVisit",
    "ProbableClass",
    "ResultRow",
    "RiskLevel",
    "RowCode",
    "Severity",
    "Sex",
    "Source",
    "Standard",
    "TablesError",
    "UnitSlip",
    "ZScore",
    "ZScoreTable",
    "assess",
    "centile",
    "centiles",
    "compute_zscores",
    "crossed_cutoffs",
    "curves",
    "curves_through",
    "has_curve",
    "input_errors",
    "measurement_at_z",
    "suspect_unit_slip",
    "validate_input",
]
