"""Query parameters of the list of predictions."""

from __future__ import annotations

import django_filters

from children.api_filters import ExactUUIDFilter
from predictions.models import Prediction


class PredictionFilter(django_filters.FilterSet):
    """Predictions of a session or a child."""

    session = ExactUUIDFilter(field_name="session_id")
    child = ExactUUIDFilter(field_name="session__child_id")

    class Meta:
        model = Prediction
        fields = ["session", "child"]
