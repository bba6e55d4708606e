from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Pages and figures over everything; owns no clinical record."""

    name = "analytics"
    verbose_name = "Analytics"
