"""The words of growth assessment: enums and the small values that go in and come out.

Units are in the names. Missing is None, never 0. Nothing here computes; see `assessment.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from children.growth.uncertainty.spread import NO_SPREADS, InputSpreads


class Sex(StrEnum):
    """Sex at birth, as the WHO tables need it."""

    MALE = "M"
    FEMALE = "F"


class Position(StrEnum):
    """How the child lay or stood when length or height was taken."""

    LENGTH = "length"  # lying
    HEIGHT = "height"  # standing


class Source(StrEnum):
    """Where a value comes from: a hand with a tool, or a video scan."""

    MANUAL = "manual"
    SCAN = "scan"


class Standard(StrEnum):
    """What a z-score was read from. WHO 2006 is a standard, WHO 2007 a reference; 60.00 months is the first of 2007."""

    WHO2006 = "WHO2006"  # 0-5 years
    WHO2007 = "WHO2007"  # 5-19 years


class Index(StrEnum):
    """Anthropometric z-score indices."""

    HAZ = "haz"  # length/height-for-age
    WAZ = "waz"  # weight-for-age
    WHZ = "whz"  # weight-for-length/height
    BAZ = "baz"  # BMI-for-age
    HCZ = "hcz"  # head-circumference-for-age
    ACZ = "acz"  # arm-circumference-for-age
    TSZ = "tsz"  # triceps-skinfold-for-age
    SSZ = "ssz"  # subscapular-skinfold-for-age


class Flag(StrEnum):
    """Reasons to check a measurement; a flag never drops or clips a value."""

    HAZ = "haz"
    WAZ = "waz"
    WHZ = "whz"
    BAZ = "baz"
    HCZ = "hcz"
    ACZ = "acz"
    TSZ = "tsz"
    SSZ = "ssz"
    IMPLAUSIBLE_POSITION = "implausible_position"  # measured standing under 9 months


class Severity(StrEnum):
    """Class of stunting, wasting, underweight or, from five years on, thinness."""

    NORMAL = "normal"
    MODERATE = "moderate"
    SEVERE = "severe"


class OverweightClass(StrEnum):
    """Class of overweight; the cut-offs under five years and from five on differ."""

    NORMAL = "normal"
    OVERWEIGHT = "overweight"
    OBESITY = "obesity"


class Acute(StrEnum):
    """Acute malnutrition at 6-59 months."""

    SAM = "sam"
    MAM = "mam"
    NONE = "none"


class Criterion(StrEnum):
    """What triggered a class; WHZ and MUAC find mostly different children, so each is named."""

    WHZ = "whz"
    MUAC = "muac"
    OEDEMA = "oedema"
    WAZ = "waz"
    HAZ = "haz"
    BAZ = "baz"
    WEIGHT_LOSS = "weight_loss"
    NO_WEIGHT_GAIN = "no_weight_gain"
    WAZ_FALL = "waz_fall"


class RiskLevel(StrEnum):
    """The one answer, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"
    NONE = "none"
    UNKNOWN = "unknown"


class Missing(StrEnum):
    """What a class needs and does not have, or has only flagged."""

    SEX_MISSING = "sex_missing"
    AGE_MISSING = "age_missing"
    AGE_OUTSIDE_STANDARD = "age_outside_standard"  # over 228 months: 19 years
    BEFORE_TERM = "before_term"  # corrected age below zero: born early, not yet at term
    WEIGHT_MISSING = "weight_missing"
    LENGTH_HEIGHT_MISSING = "length_height_missing"
    LENGTH_HEIGHT_OUTSIDE_TABLE = "length_height_outside_table"  # WHZ: 45-110 cm lying, 65-120 cm standing
    MUAC_MISSING = "muac_missing"
    HAZ_FLAGGED = "haz_flagged"
    WAZ_FLAGGED = "waz_flagged"
    WHZ_FLAGGED = "whz_flagged"
    BAZ_FLAGGED = "baz_flagged"
    MUAC_FLAGGED = "muac_flagged"


class ProbableClass(StrEnum):
    """Classes whose probability is given where an input has an error; all but MAM include their severe part."""

    SAM = "sam"
    MAM = "mam"
    SEVERE_STUNTING = "severe_stunting"
    STUNTING = "stunting"
    SEVERE_WASTING = "severe_wasting"
    WASTING = "wasting"
    SEVERE_UNDERWEIGHT = "severe_underweight"
    UNDERWEIGHT = "underweight"
    SEVERE_THINNESS = "severe_thinness"
    THINNESS = "thinness"
    OVERWEIGHT = "overweight"
    OBESITY = "obesity"
    INFANT_AT_RISK = "infant_at_risk"
    SAM_MAM_OR_SEVERE_STUNTING = "sam_mam_or_severe_stunting"  # one event; not a sum


class RowCode(StrEnum):
    """Conditions of the banner, see `settings.DEFAULT_BANNER`."""

    MEASUREMENT_MISSING = "measurement_missing"
    SEX_MISSING = "sex_missing"
    AGE_MISSING = "age_missing"
    AGE_OUTSIDE_STANDARD = "age_outside_standard"
    BEFORE_TERM = "before_term"
    SAM = "sam"
    OEDEMA = "oedema"  # outside 6-59 months, where SAM is not defined
    INFANT_AT_RISK = "infant_at_risk"
    MAM = "mam"
    WEIGHT_LOSS = "weight_loss"
    FALTERING = "faltering"
    SEVERE_STUNTING = "severe_stunting"
    SEVERE_UNDERWEIGHT = "severe_underweight"
    SEVERE_THINNESS = "severe_thinness"
    STUNTING = "stunting"
    UNDERWEIGHT = "underweight"
    THINNESS = "thinness"
    OBESITY = "obesity"
    OVERWEIGHT = "overweight"
    NONE = "none"


class Action(StrEnum):
    """What somebody must do; texts are in `settings.DEFAULT_BANNER`."""

    MEASURE_AGAIN = "measure_again"
    RECORD_SEX = "record_sex"
    RECORD_AGE = "record_age"
    NO_STANDARD = "no_standard"
    REFER_TODAY = "refer_today"
    REFER = "refer"
    ENROL_AND_COUNSEL = "enrol_and_counsel"
    REWEIGH = "reweigh"
    CLINICAL_REVIEW = "clinical_review"
    COUNSEL = "counsel"
    ROUTINE_VISIT = "routine_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthInput:
    """One visit of one child. Everything but the source may be missing.

    age_days: completed days at the measurement. gestation_days: at birth, e.g. 33 weeks = 231.
    spreads: errors of the inputs; a scan's length or height needs one.
    oedema: bilateral pitting oedema; None (not examined) counts as no.
    """

    sex: Sex | None = None
    age_days: int | None = None
    gestation_days: int | None = None
    weight_kg: float | None = None
    length_height_cm: float | None = None
    position: Position | None = None
    muac_mm: float | None = None
    head_circumference_cm: float | None = None
    oedema: bool | None = None
    spreads: InputSpreads = NO_SPREADS
    source: Source = Source.MANUAL
    birth_date_estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousVisit:
    """The last earlier visit with a manual weight; `waz` as it was computed then, None if missing or flagged."""

    age_days: int
    weight_kg: float | None = None
    waz: float | None = None


@dataclass(frozen=True, slots=True)
class ZScore:
    """A z-score rounded to 2 decimals, as WHO reports it; classes and flags act on this value.

    low80 and high80 bound the 80 % interval of the truth: None where no input of the index has an error, and on a side
    that leaves the table. centile is 0-100.
    """

    value: float
    flagged: bool
    low80: float | None
    high80: float | None
    centile: float


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One true row of the banner table."""

    code: RowCode
    risk_level: RiskLevel
    action: Action
    follow_up_days: int | None
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Everything that one measurement says about a child's growth. A class of None is undetermined or not defined.

    `standard`: WHO 2006 below 60 months and at unknown age, else WHO 2007. `acute` is SAM, MAM or NONE at 6-59 months,
    `infant_at_risk` the answer below 6 months, `thinness` (BAZ) the one from five years on; each is None elsewhere.
    `criteria` names what triggered SAM, MAM, oedema or infant at risk. `rows` lists every true row in banner order.
    """

    standard: Standard
    engine_version: str
    age_days: int | None
    corrected_age_days: int | None  # None where no correction applies
    age_estimated: bool
    source: Source
    zscores: Mapping[Index, ZScore]
    flags: frozenset[Flag]
    stunting: Severity | None
    wasting: Severity | None
    underweight: Severity | None
    overweight: OverweightClass | None
    thinness: Severity | None
    acute: Acute | None
    infant_at_risk: bool | None
    criteria: tuple[Criterion, ...]
    missing: tuple[Missing, ...]
    rows: tuple[ResultRow, ...]
    risk_level: RiskLevel
    class_probabilities: Mapping[ProbableClass, float] | None
