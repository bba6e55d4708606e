"""Forms of the account pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TokenForm(forms.Form):
    """Asks what a new API token is for."""

    name = forms.CharField(
        label=_("Device or purpose"),
        max_length=100,
        help_text=_("So that you know later which one to revoke, for example: tablet of the north clinic."),
    )
