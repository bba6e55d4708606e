"""The charts of a child by name: their order, titles, units and decimals."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ChartKey(StrEnum):
    """The charts, in the order of their tabs."""

    WEIGHT = "waz"
    LENGTH = "haz"
    WEIGHT_FOR_LENGTH = "whz"
    MUAC = "acz"
    HEAD = "hcz"
    BMI = "baz"


UNITS = {
    ChartKey.WEIGHT: "kg",
    ChartKey.LENGTH: "cm",
    ChartKey.WEIGHT_FOR_LENGTH: "kg",
    ChartKey.MUAC: "mm",
    ChartKey.HEAD: "cm",
    ChartKey.BMI: "kg/m²",
}
DECIMALS = {
    ChartKey.WEIGHT: 2,
    ChartKey.LENGTH: 1,
    ChartKey.WEIGHT_FOR_LENGTH: 2,
    ChartKey.MUAC: 0,
    ChartKey.HEAD: 1,
    ChartKey.BMI: 1,
}
SCORE_NAMES = {
    ChartKey.WEIGHT: gettext_lazy("WAZ"),
    ChartKey.LENGTH: gettext_lazy("HAZ"),
    ChartKey.WEIGHT_FOR_LENGTH: gettext_lazy("WHZ"),
    ChartKey.MUAC: gettext_lazy("ACZ"),
    ChartKey.HEAD: gettext_lazy("HCZ"),
    ChartKey.BMI: gettext_lazy("BAZ"),
}


def tab_name(key: ChartKey) -> str:
    """Return the short words of the chart's tab."""
    return {
        ChartKey.WEIGHT: _("Weight"),
        ChartKey.LENGTH: _("Length/height"),
        ChartKey.WEIGHT_FOR_LENGTH: _("Weight for length"),
        ChartKey.MUAC: _("MUAC"),
        ChartKey.HEAD: _("Head"),
        ChartKey.BMI: _("BMI"),
    }[key]


def chart_title(key: ChartKey) -> str:
    """Return the chart's full name."""
    return {
        ChartKey.WEIGHT: _("Weight for age"),
        ChartKey.LENGTH: _("Length or height for age"),
        ChartKey.WEIGHT_FOR_LENGTH: _("Weight for length or height"),
        ChartKey.MUAC: _("MUAC for age"),
        ChartKey.HEAD: _("Head circumference for age"),
        ChartKey.BMI: _("BMI for age"),
    }[key]


def quantity(key: ChartKey) -> str:
    """Return what is measured, for the axis."""
    return {
        ChartKey.WEIGHT: _("Weight"),
        ChartKey.LENGTH: _("Length or height"),
        ChartKey.WEIGHT_FOR_LENGTH: _("Weight"),
        ChartKey.MUAC: _("MUAC"),
        ChartKey.HEAD: _("Head circumference"),
        ChartKey.BMI: _("BMI"),
    }[key]
