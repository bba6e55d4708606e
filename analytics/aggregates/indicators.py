"""What programme pages can show of growth cells: each indicator with its words, its cases and its denominator."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Indicator:
    """A share of child-months: `cases` and `n` are names of counts of a growth cell; cases are added up.

    definition: what is counted, in one sentence.
    """

    key: str
    word: Promise
    definition: Promise
    cases: tuple[str, ...]
    n: str


INDICATORS = (
    Indicator(
        "sam_mam",
        _("Acute malnutrition (SAM and MAM)"),
        _("WHZ below -2, MUAC below 125 mm or oedema, at 6-59 months."),
        ("sam", "mam"),
        "acute_n",
    ),
    Indicator(
        "sam",
        _("Severe acute malnutrition (SAM)"),
        _("WHZ below -3, MUAC below 115 mm or oedema, at 6-59 months."),
        ("sam",),
        "acute_n",
    ),
    Indicator(
        "wasting",
        _("Wasting"),
        _("Weight-for-length/height below -2 z; a child with oedema counts as severely wasted."),
        ("wasted",),
        "whz_n",
    ),
    Indicator(
        "severe_wasting",
        _("Severe wasting"),
        _("Weight-for-length/height below -3 z, or oedema."),
        ("severely_wasted",),
        "whz_n",
    ),
    Indicator("stunting", _("Stunting"), _("Length/height-for-age below -2 z."), ("stunted",), "haz_n"),
    Indicator(
        "severe_stunting",
        _("Severe stunting"),
        _("Length/height-for-age below -3 z."),
        ("severely_stunted",),
        "haz_n",
    ),
    Indicator("underweight", _("Underweight"), _("Weight-for-age below -2 z."), ("underweight",), "waz_n"),
    Indicator(
        "severe_underweight",
        _("Severe underweight"),
        _("Weight-for-age below -3 z."),
        ("severely_underweight",),
        "waz_n",
    ),
    Indicator("overweight", _("Overweight"), _("Weight-for-length/height above +2 z."), ("overweight",), "whz_n"),
    Indicator(
        "low_muac",
        _("Low MUAC"),
        _("MUAC below 125 mm at 6-59 months."),
        ("muac_moderate", "muac_severe"),
        "muac_n",
    ),
)
INDICATOR_OF = {indicator.key: indicator for indicator in INDICATORS}
