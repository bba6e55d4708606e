"""Growth of children against the WHO standards: measurements in, z-scores, classes and one answer out.

Pure arithmetic on numbers: standard library and NumPy, no Django, no database, no clock.
"""

from children.growth.assessment import ENGINE_VERSION, assess
from children.growth.columns import Columns
from children.growth.curves import CurveSegment, curves, curves_through, has_curve, measurement_at_z
from children.growth.errors import MeasurementError, TablesError
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.lms import centile, centiles
from children.growth.own_curve.suspect import suspect_values
from children.growth.own_curve.suspicions import SuspectValue, Suspicion, SuspicionCode
from children.growth.settings import BannerRule, GrowthSettings
from children.growth.technical_error import technical_spreads
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
from children.growth.uncertainty.intervals import CrossedCutoff, crossed_cutoffs, zscore_intervals
from children.growth.uncertainty.possible_ages import estimated_age_spread
from children.growth.uncertainty.spread import (
    NO_SPREADS,
    InputSpreads,
    NormalSpread,
    QuantileSpread,
    Spread,
    UniformSpread,
)
from children.growth.validation import input_errors, validate_input

__all__ = [
    "ENGINE_VERSION",
    "NO_SPREADS",
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
    "InputSpreads",
    "MeasurementError",
    "Missing",
    "NormalSpread",
    "OverweightClass",
    "Position",
    "PreviousVisit",
    "ProbableClass",
    "QuantileSpread",
    "ResultRow",
    "RiskLevel",
    "RowCode",
    "Severity",
    "Sex",
    "Source",
    "Spread",
    "Standard",
    "SuspectValue",
    "Suspicion",
    "SuspicionCode",
    "TablesError",
    "UniformSpread",
    "ZScore",
    "ZScoreTable",
    "assess",
    "centile",
    "centiles",
    "compute_zscores",
    "crossed_cutoffs",
    "curves",
    "curves_through",
    "estimated_age_spread",
    "has_curve",
    "input_errors",
    "measurement_at_z",
    "suspect_values",
    "technical_spreads",
    "validate_input",
    "zscore_intervals",
]
