"""Query parameters of the list of scan sessions."""

from __future__ import annotations

import django_filters

from children.api_filters import ExactUUIDFilter
from scans.models import ScanSession


class ScanSessionFilter(django_filters.FilterSet):
    """Sessions of a child or a clinic, by where they stand."""

    child = ExactUUIDFilter(field_name="child_id")
    clinic = ExactUUIDFilter(field_name="child__clinic_id")
    state = django_filters.ChoiceFilter(choices=ScanSession.State.choices)

    class Meta:
        model = ScanSession
        fields = ["child", "clinic", "state"]
