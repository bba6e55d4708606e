"""The filters of programme pages, kept in the address: months, clinic, area, sex, age group, indicator."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_counted_for
from accounts.models import User
from analytics.aggregates.case_models import CriteriaCell, FunnelCell
from analytics.aggregates.indicators import INDICATORS
from analytics.aggregates.models import UNDER_FIVE
from analytics.aggregates.questions import Scope
from children.dates import months_between
from children.models import Child

MONTHS_SHOWN = 12
MOST_MONTHS = 120
EVERY = [("", _("All"))]


class MonthField(forms.DateField):
    """A month as browsers send it, 2026-11; its value is the first day."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    default_error_messages = {"invalid": _("Give a month such as 2026-11.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m"], **kwargs)


class ScopeForm(forms.Form):
    """What a person wants to see; an empty field leaves nothing out. `standing`: choices where nothing was chosen."""

    standing: ClassVar[dict[str, str]] = {}
    months_shown = MONTHS_SHOWN
    first_month = MonthField(label=_("From"), required=False)
    last_month = MonthField(label=_("To"), required=False)
    area = forms.ChoiceField(label=_("Area"), required=False)
    clinic = forms.ModelChoiceField(label=_("Clinic"), queryset=None, required=False, empty_label=_("All"))
    sex = forms.ChoiceField(label=_("Sex"), choices=[*EVERY, *Child.Sex.choices], required=False)
    age_group = forms.ChoiceField(
        label=_("Age"), choices=[*EVERY, *((group.value, group.label) for group in UNDER_FIVE)], required=False
    )

    def __init__(self, data: Any, *, user: User) -> None:
        this_month = timezone.localdate().replace(day=1)
        filled = {name: data[name] for name in data if data[name]}
        for name, choice in self.standing.items():
            filled.setdefault(name, choice)
        filled.setdefault("last_month", f"{this_month:%Y-%m}")
        filled.setdefault("first_month", f"{months_before(this_month, self.months_shown - 1):%Y-%m}")
        super().__init__(filled)
        clinics = clinics_counted_for(user)
        areas = clinics.exclude(area="").order_by("area").values_list("area", flat=True).distinct()
        self.fields["clinic"].queryset = clinics
        self.fields["area"].choices = [*EVERY, *((area, area) for area in areas)]

    def clean(self) -> dict[str, Any]:
        """Refuse months in the wrong order, and more of them than a page can show."""
        cleaned = super().clean()
        first, last = cleaned.get("first_month"), cleaned.get("last_month")
        if first and last and first > last:
            self.add_error("first_month", _("The first month is after the last one."))
        elif first and last and len(months_between(first, last)) > MOST_MONTHS:
            self.add_error("first_month", _("At most ten years at once."))
        return cleaned

    def scope(self) -> Scope:
        """Return the cells that a valid form asks for."""
        names = ("first_month", "last_month", "clinic", "area", "sex", "age_group")
        return Scope(**{name: self.cleaned_data[name] for name in names if name in self.cleaned_data})


class PrevalenceForm(ScopeForm):
    """Which condition, too."""

    standing: ClassVar = {"indicator": INDICATORS[0].key}
    field_order = ("indicator",)
    indicator = forms.ChoiceField(label=_("Indicator"), choices=[(i.key, i.word) for i in INDICATORS], required=False)


class CriteriaForm(ScopeForm):
    """Which level of acute malnutrition, too."""

    standing: ClassVar = {"level": CriteriaCell.Level.GLOBAL.value}
    field_order = ("level",)
    level = forms.ChoiceField(label=_("Criteria of"), choices=CriteriaCell.Level.choices, required=False)


class CasesForm(ScopeForm):
    """Which cases, too. Without the age: a child grows from one group into the next between two steps."""

    standing: ClassVar = {"case": FunnelCell.Case.ACUTE.value}
    field_order = ("case",)
    age_group = None
    case = forms.ChoiceField(label=_("Cases of"), choices=FunnelCell.Case.choices, required=False)


class QualityForm(ScopeForm):
    """Months and places alone: measuring is the same work whoever is measured."""

    months_shown = 6
    sex = None
    age_group = None


def months_before(month: date, count: int) -> date:
    """Return the first day of the month that is `count` months earlier."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
