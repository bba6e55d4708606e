"""Words for what the record holds as codes: ages, classes, criteria, reasons. No numbers are made here."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from children.growth.age import DAYS_PER_MONTH
from children.growth.settings import DEFAULT_BANNER
from children.models import GrowthAssessment

DAYS_BELOW_MONTHS = 3  # ages below are told in weeks and days
BIRTHDAY_DAYS = 0.99  # months of 30.4375 days come up to a day after the calendar's
WITHOUT_STANDARD = {"before_term", "age_outside_standard"}
RULES = {str(rule.code): rule for rule in DEFAULT_BANNER}


def age_words(age_days: int) -> str:
    """Return an age as people say it: 5 weeks 2 days, 7 months, 2 years 3 months."""
    if age_days < 0:
        return _("%(days)d days before term") % {"days": -age_days}
    months = int((age_days + BIRTHDAY_DAYS) // DAYS_PER_MONTH)
    if months < DAYS_BELOW_MONTHS:
        weeks, days = divmod(age_days, 7)
        parts = [ngettext("%(n)d week", "%(n)d weeks", weeks) % {"n": weeks}] if weeks else []
        if days or not weeks:
            parts.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
        return " ".join(parts)
    years, rest = divmod(months, 12)
    parts = [ngettext("%(n)d year", "%(n)d years", years) % {"n": years}] if years else []
    if rest or not years:
        parts.append(ngettext("%(n)d month", "%(n)d months", rest) % {"n": rest})
    return " ".join(parts)


def condition_words(code: str) -> str:
    """Return the condition of one row of the banner table."""
    return _(RULES[code].condition)


def action_words(code: str) -> str:
    """Return what to do about it."""
    return _(RULES[code].action_text)


def level_words(level: str) -> str:
    """Return the word of a risk level."""
    return {
        "critical": _("Critical"),
        "high": _("High risk"),
        "moderate": _("Moderate risk"),
        "low": _("Low risk"),
        "none": _("No concern"),
    }.get(level, _("Measure again"))


def answer_words(code: str, level: str) -> str:
    """Return the word above an answer: its risk level, or that measuring again would give no class either."""
    return _("No class") if code in WITHOUT_STANDARD else level_words(level)


def class_words(assessment: GrowthAssessment) -> str:
    """Return the first true row in words: the class of a visit."""
    return condition_words(str(assessment.banner_row["code"]))


def criterion_words(criterion: str) -> str:
    """Return what triggered a class; WHZ and MUAC find mostly different children, so each is named."""
    return {
        "whz": _("weight-for-length/height"),
        "muac": _("MUAC"),
        "oedema": _("oedema of both feet"),
        "waz": _("weight-for-age"),
        "haz": _("length/height-for-age"),
        "baz": _("BMI-for-age"),
        "weight_loss": _("weight loss since the last visit"),
        "no_weight_gain": _("no weight gain since the last visit"),
        "waz_fall": _("fall in weight-for-age"),
    }.get(criterion, criterion)


def missing_words(code: str) -> str:
    """Return what a class needs and does not have."""
    return {
        "sex_missing": _("sex"),
        "age_missing": _("age"),
        "age_outside_standard": _("a standard for this age"),
        "before_term": _("an age after term"),
        "weight_missing": _("weight"),
        "length_height_missing": _("length or height"),
        "length_height_outside_table": _("a length within the WHO table"),
        "muac_missing": _("MUAC"),
        "haz_flagged": _("length or height (implausible)"),
        "waz_flagged": _("weight (implausible)"),
        "whz_flagged": _("weight or length (implausible together)"),
        "baz_flagged": _("weight or length (implausible together)"),
        "muac_flagged": _("MUAC (implausible)"),
    }.get(code, code)


def probability_words(code: str) -> str:
    """Return the name of a class whose probability a scan gives."""
    return {
        "sam": _("severe acute malnutrition"),
        "mam": _("moderate acute malnutrition"),
        "severe_stunting": _("severe stunting"),
        "stunting": _("stunting"),
        "severe_wasting": _("severe wasting"),
        "wasting": _("wasting"),
        "overweight": _("overweight"),
        "obesity": _("obesity"),
        "infant_at_risk": _("infant at risk"),
        "sam_mam_or_severe_stunting": _("acute malnutrition or severe stunting"),
    }.get(code, code)
