from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Pages and figures over everything; owns no clinical record."""

    name = "analytics"
    verbose_name = "Analytics"

    def ready(self) -> None:
        """Connect the receivers."""
        from analytics.erasure import receivers  # noqa: F401
