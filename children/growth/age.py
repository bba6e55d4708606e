"""Ages as the WHO standards count them: days, months of 30.4375 days, and corrected age.

Month limits act on the unrounded age, table rows on the rounded day.
"""

from __future__ import annotations

from children.growth.types import Standard

# 365.25 days / 12. Source: WHO Anthro survey analyser; every month limit of WHO 2006 is counted so.
DAYS_PER_MONTH = 30.4375

# First rounded day on which the standards expect standing height: 24 months. Source: WHO Anthro.
FIRST_HEIGHT_DAY = 731

# WHO 2006 ends where WHO 2007 begins. Source: WHO Anthro (day 1826 is the last one).
STANDARD_ENDS_MONTHS = 60.0

# Last months of WHO 2007, both included: height and BMI to 19 years, weight to 10. Source: WHO AnthroPlus.
REFERENCE_LAST_MONTHS = 228.0
REFERENCE_WEIGHT_LAST_MONTHS = 120.0

# SAM, MAM and MUAC below 125 mm are defined from 6 to 59 months. Source: WHO/UNICEF joint statement 2009; WHO 2023.
ACUTE_FROM_MONTHS = 6.0
ACUTE_BELOW_MONTHS = 60.0

# Term is 40 weeks, preterm is before 37 completed weeks. Source: WHO, Preterm birth.
TERM_DAYS = 280
PRETERM_BELOW_DAYS = 259

# Correction ends at 24 months of chronological age. Source: usual paediatric practice for preterm children.
CORRECT_BELOW_MONTHS = 24.0


def months(age_days: float) -> float:
    """Return the unrounded age in months."""
    return age_days / DAYS_PER_MONTH


def standard_at(age_days: float) -> Standard | None:
    """Return what serves an age: WHO 2006 below 60.00 months, WHO 2007 to 228.00 months, None beyond."""
    age_months = months(age_days)
    if age_months < STANDARD_ENDS_MONTHS:
        return Standard.WHO2006
    return Standard.WHO2007 if age_months <= REFERENCE_LAST_MONTHS else None


def corrected_age_days(*, age_days: int, gestation_days: int | None) -> int | None:
    """Return the age counted from term, in days, or None where no correction applies.

    Applies to children born before 37 weeks until 24 months of chronological age. Negative before the date of term.
    """
    if gestation_days is None or gestation_days >= PRETERM_BELOW_DAYS or months(age_days) >= CORRECT_BELOW_MONTHS:
        return None
    return age_days - (TERM_DAYS - gestation_days)
