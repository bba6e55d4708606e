"""What a programme may change: the banner table, its texts and days, and cut-offs on which WHO gives no number.

WHO's own cut-offs are not settings; they are constants in `classification.py`. The defaults here are this project's,
for a clinician to confirm.
"""

from __future__ import annotations

from dataclasses import dataclass

from children.growth.technical_error import TECHNICAL_ERROR
from children.growth.types import Action, RiskLevel, RowCode


@dataclass(frozen=True, slots=True)
class BannerRule:
    """One line of the banner table. follow_up_days: 0 is today, None is no date (or, for `none`, by age)."""

    code: RowCode
    condition: str
    risk_level: RiskLevel
    action: Action
    action_text: str
    follow_up_days: int | None


_UNKNOWN, _CRITICAL, _HIGH, _MODERATE, _LOW = (
    RiskLevel.UNKNOWN,
    RiskLevel.CRITICAL,
    RiskLevel.HIGH,
    RiskLevel.MODERATE,
    RiskLevel.LOW,
)
_MEASURE, _REVIEW, _COUNSEL = "Measure again today.", "Arrange a clinical review.", "Counsel the family."
_REWEIGH = "Weigh again and look for the cause."

# First the order of the banner, then risk level, action and days to the follow-up.
DEFAULT_BANNER: tuple[BannerRule, ...] = (
    BannerRule(
        RowCode.MEASUREMENT_MISSING,
        "A value is missing or implausible",
        _UNKNOWN,
        Action.MEASURE_AGAIN,
        _MEASURE,
        0,
    ),
    BannerRule(
        RowCode.SEX_MISSING, "The child's sex is not recorded", _UNKNOWN, Action.RECORD_SEX, "Record the sex.", 0
    ),
    BannerRule(
        RowCode.AGE_MISSING, "The child's age is not known", _UNKNOWN, Action.RECORD_AGE, "Find out the age.", 0
    ),
    BannerRule(
        RowCode.AGE_OUTSIDE_STANDARD,
        "Over nineteen years: no WHO standard or reference applies",
        _UNKNOWN,
        Action.NO_STANDARD,
        "Judge clinically.",
        None,
    ),
    BannerRule(
        RowCode.BEFORE_TERM,
        "Born early and not yet at term: the WHO 2006 standards do not apply",
        _UNKNOWN,
        Action.NO_STANDARD,
        "Judge clinically.",
        None,
    ),
    BannerRule(
        RowCode.SAM, "Severe acute malnutrition", _CRITICAL, Action.REFER_TODAY, "Refer for treatment today.", 7
    ),
    BannerRule(
        RowCode.OEDEMA,
        "Oedema of both feet",
        _CRITICAL,
        Action.REFER_TODAY,
        "Refer for treatment today.",
        7,
    ),
    BannerRule(
        RowCode.INFANT_AT_RISK,
        "Infant under six months at risk of poor growth",
        _HIGH,
        Action.REFER,
        "Refer mother and infant.",
        7,
    ),
    BannerRule(
        RowCode.MAM,
        "Moderate acute malnutrition",
        _HIGH,
        Action.ENROL_AND_COUNSEL,
        "Enrol in the programme and counsel.",
        14,
    ),
    BannerRule(RowCode.WEIGHT_LOSS, "Weight loss", _MODERATE, Action.REWEIGH, _REWEIGH, 14),
    BannerRule(RowCode.FALTERING, "Growth faltering", _MODERATE, Action.REWEIGH, _REWEIGH, 14),
    BannerRule(RowCode.SEVERE_STUNTING, "Severe stunting", _MODERATE, Action.CLINICAL_REVIEW, _REVIEW, 30),
    BannerRule(RowCode.SEVERE_UNDERWEIGHT, "Severe underweight", _MODERATE, Action.CLINICAL_REVIEW, _REVIEW, 30),
    BannerRule(RowCode.SEVERE_THINNESS, "Severe thinness", _MODERATE, Action.CLINICAL_REVIEW, _REVIEW, 30),
    BannerRule(RowCode.STUNTING, "Stunting", _LOW, Action.COUNSEL, _COUNSEL, 30),
    BannerRule(RowCode.UNDERWEIGHT, "Underweight", _LOW, Action.COUNSEL, _COUNSEL, 30),
    BannerRule(RowCode.THINNESS, "Thinness", _LOW, Action.COUNSEL, _COUNSEL, 30),
    BannerRule(RowCode.OBESITY, "Obesity", _LOW, Action.COUNSEL, _COUNSEL, 30),
    BannerRule(RowCode.OVERWEIGHT, "Overweight", _LOW, Action.COUNSEL, _COUNSEL, 30),
    BannerRule(
        RowCode.NONE,
        "No problem found in what was measured",
        RiskLevel.NONE,
        Action.ROUTINE_VISIT,
        "Routine visit.",
        None,
    ),
)


@dataclass(frozen=True, slots=True)
class RoutineVisit:
    """Days to the next routine visit of a child younger than `below_months`."""

    below_months: float
    days: int


# Growth is fastest, and monitoring closest, in the first half year. A judgement of this project.
DEFAULT_ROUTINE_VISITS = (
    RoutineVisit(6.0, 30),
    RoutineVisit(24.0, 60),
    RoutineVisit(60.0, 90),
    RoutineVisit(240.0, 180),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthSettings:
    """Settings of one programme.

    infant_waz_below, infant_wlz_below, infant_muac_below_mm, infant_muac_from_days: infants under 6 months at risk.
    Source: WHO guideline 2023 on wasting and nutritional oedema, as quoted by Negesse 2025 (one source says WLZ < -3).

    weight_loss_error_kg, weight_loss_error_share: a loss counts beyond the larger of the two. 0.1 kg is the largest
    difference between two weighings that WHO accepted in its growth study (de Onis 2004, MGRS anthropometry); 2 % of
    the earlier weight allows for a meal, a full bladder or clothes and is a judgement.
    weighing_tem_kg: standard deviation of one weighing by scale and reader alone, see `technical_error.py`.
    slow_gain_below_z: a weight velocity below this is called slow. WHO gives no cut-off for one interval (judgement).
    newborn_loss_until_days: loss after birth is normal until the birth weight is regained, by day 14.
    no_gain_interval_days: an infant under 6 months who gained nothing over this interval fails to gain (judgement).
    waz_fall, waz_fall_interval_days: growth faltering; WHO gives no number, a fall of 1 z is quoted. The interval keeps
    out the noise of two weighings close together; an error of 0.1 kg is at most 0.3 z, in a newborn.

    estimated_age_sd_share: the standard deviation of an estimated birth date, as a share of the age when it was
    estimated (see `possible_ages.estimated_age_spread`). 10 % is a judgement: 5 weeks at one year; 3.6 months at three,
    as if nothing but the year of birth were known.

    age_proxy_cm: a child of unknown age and this length is taken as 6-59 months for SAM and MAM, as is usual in
    screening; it can only add an alarm, the missing age stays listed.
    """

    infant_waz_below: float = -2.0
    infant_wlz_below: float = -2.0
    infant_muac_below_mm: float = 110.0
    infant_muac_from_days: int = 42
    weight_loss_error_kg: float = 0.1
    weight_loss_error_share: float = 0.02
    weighing_tem_kg: float = TECHNICAL_ERROR.weight_kg
    slow_gain_below_z: float = -2.0
    newborn_loss_until_days: int = 14
    no_gain_interval_days: int = 28
    waz_fall: float = 1.0
    waz_fall_interval_days: int = 28
    estimated_age_sd_share: float = 0.1
    age_proxy_cm: tuple[float, float] = (65.0, 110.0)
    banner: tuple[BannerRule, ...] = DEFAULT_BANNER
    routine_visits: tuple[RoutineVisit, ...] = DEFAULT_ROUTINE_VISITS

    def __post_init__(self) -> None:
        """Refuse a banner that would swallow a condition. Raises ValueError."""
        codes = [rule.code for rule in self.banner]
        if sorted(codes) != sorted(RowCode):
            wrong = sorted(set(RowCode) - set(codes)) + sorted({code for code in codes if codes.count(code) > 1})
            raise ValueError(f"The banner needs each condition exactly once; missing or repeated: {', '.join(wrong)}.")


DEFAULT_SETTINGS = GrowthSettings()
