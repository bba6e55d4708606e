"""Query parameters of the list of predictions."""

from __future__ import annotations

import django_filters

from predictions.models import Prediction


class PredictionFilter(django_filters.FilterSet):
    """Predictions of a session or a child."""

    session = django_filters.UUIDFilter(field_name="session_id")
    child = django_filters.UUIDFilter(field_name="session__child_id")

    class Meta:
        model = Prediction
        fields = ["session", "child"]
