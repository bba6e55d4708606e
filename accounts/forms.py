"""Forms of the account pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.invitations import clinics_to_invite_to, programmes_administered_by
from accounts.models import CLINIC_ROLES, Clinic, Programme, Role, User

MAX_CODE_LENGTH = 60  # characters; ours have 29 with their hyphens


class TokenForm(forms.Form):
    """Asks what a new API token is for."""

    name = forms.CharField(
        label=_("Device or purpose"),
        max_length=100,
        help_text=_("So that you know later which one to revoke, for example: tablet of the north clinic."),
    )


class InvitationForm(forms.Form):
    """Asks which role somebody is invited to, and where, of what `user` may offer."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    clinic = forms.ModelChoiceField(label=_("Clinic"), queryset=Clinic.objects.none(), required=False)
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programmes = programmes_administered_by(user)
        self.fields["clinic"].queryset = clinics_to_invite_to(user).select_related("programme")  # type: ignore[attr-defined]
        self.fields["programme"].queryset = programmes  # type: ignore[attr-defined]
        if not programmes.exists():
            self.fields["role"].choices = [(role.value, role.label) for role in CLINIC_ROLES]  # type: ignore[attr-defined]
            del self.fields["programme"]

    def clean(self) -> dict[str, Any]:
        """Ask for the place that the role needs, and give a role its own type."""
        cleaned = {"programme": None, **(super().clean() or {})}
        if "role" not in cleaned:
            return cleaned
        cleaned["role"] = Role(cleaned["role"])
        place = "clinic" if cleaned["role"] in CLINIC_ROLES else "programme"
        if place not in self.errors and cleaned.get(place) is None:
            self.add_error(place, _("Choose where this role is."))
        return cleaned


class CodeForm(forms.Form):
    """Asks for the code of an invitation."""

    code = forms.CharField(label=_("Code of the invitation"), max_length=MAX_CODE_LENGTH)
