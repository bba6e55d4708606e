from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    """Pages and figures over everything; owns no clinical record."""

    name = "analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        """Connect the receivers."""
        from analytics.erasure import receivers  # noqa: F401
