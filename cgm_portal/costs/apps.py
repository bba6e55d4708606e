"""The Django app behind `manage.py estimate_costs`; it has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class CostsConfig(AppConfig):
    """Names the app `costs`, for its command."""

    name = "cgm_portal.costs"
    label = "costs"
