"""The filters of the pages about measuring models, kept in the address: months, version, clinic, phone, child."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_counted_for
from accounts.models import Clinic, User
from analytics.pages.programme.scope import EVERY, MONTHS_SHOWN, MOST_MONTHS, MonthField, months_before
from children.dates import months_between
from children.models import Child, Measurement
from predictions.accuracy.paired_rows import AGE_BANDS_MONTHS, PairScope, age_band_key, phone_models_in
from predictions.accuracy.yields import YieldScope
from predictions.models import ModelVersion


class SessionScopeForm(forms.Form):
    """Which scan sessions a person wants to see; an empty field leaves nothing out."""

    first_month = MonthField(label=_("From"), required=False)
    last_month = MonthField(label=_("To"), required=False)
    clinic = forms.ModelChoiceField(label=_("Clinic"), queryset=None, required=False, empty_label=_("All"))
    phone_model = forms.ChoiceField(label=_("Phone"), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        this_month = timezone.now().date().replace(day=1)
        filled = {name: data[name] for name in data if data[name]}
        filled.setdefault("last_month", f"{this_month:%Y-%m}")
        filled.setdefault("first_month", f"{months_before(this_month, MONTHS_SHOWN - 1):%Y-%m}")
        super().__init__(filled)
        self.clinics = clinics_counted_for(user)
        self.fields["clinic"].queryset = self.clinics
        phones = phone_models_in(self.clinics)
        self.fields["phone_model"].choices = [*EVERY, *((phone, phone) for phone in phones)]

    def clean(self) -> dict[str, Any]:
        """Refuse months in the wrong order, and more of them than a page can show."""
        cleaned = super().clean()
        first, last = cleaned.get("first_month"), cleaned.get("last_month")
        if first and last and first > last:
            self.add_error("first_month", _("The first month is after the last one."))
        elif first and last and len(months_between(first, last)) > MOST_MONTHS:
            self.add_error("first_month", _("At most ten years at once."))
        return cleaned

    @property
    def chosen_clinics(self) -> Any:
        """The clinics that a valid form asks for."""
        clinic: Clinic | None = self.cleaned_data["clinic"]
        return self.clinics if clinic is None else self.clinics.filter(pk=clinic.pk)

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of the months."""
        first, last = self.cleaned_data["first_month"], self.cleaned_data["last_month"]
        return first, last.replace(day=monthrange(last.year, last.month)[1])

    def yield_scope(self) -> YieldScope:
        """Return the sessions that a valid form asks for."""
        first_day, last_day = self.days
        return YieldScope(
            clinics=self.chosen_clinics,
            first_day=first_day,
            last_day=last_day,
            phone_model=self.cleaned_data["phone_model"],
        )


class PairScopeForm(SessionScopeForm):
    """Which pairs of scan and manual measurement a person wants to see."""

    version = forms.ModelChoiceField(
        label=_("Model"),
        queryset=ModelVersion.objects.order_by("name", "version"),
        required=False,
        empty_label=_("All"),
    )
    age_band = forms.ChoiceField(label=_("Age"), required=False)
    sex = forms.ChoiceField(label=_("Sex"), choices=[*EVERY, *Child.Sex.choices], required=False)
    position = forms.ChoiceField(label=_("Posture"), choices=[*EVERY, *Measurement.Position.choices], required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data, user=user)
        self.fields["age_band"].choices = [*EVERY, *age_band_choices()]

    def pair_scope(self) -> PairScope:
        """Return the pairs that a valid form asks for."""
        first_day, last_day = self.days
        given = self.cleaned_data
        return PairScope(
            clinics=self.chosen_clinics,
            first_day=first_day,
            last_day=last_day,
            version_id=given["version"].pk if given["version"] else None,
            phone_model=given["phone_model"],
            sex=given["sex"],
            position=given["position"],
            age_band=given["age_band"],
        )


def age_band_choices() -> list[tuple[str, str]]:
    """Return the bands of completed months with their words, youngest first."""
    return [(age_band_key(low, high), _band_words(low, high)) for low, high in AGE_BANDS_MONTHS]


def _band_words(low: int, high: int | None) -> str:
    if high is None:
        return _now("5 years and more")
    return _now("%(first)d-%(last)d months") % {"first": low, "last": high - 1}
