from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PredictionsConfig(AppConfig):
    """Models and what they said."""

    name = "predictions"
    verbose_name = _("Predictions")

    def ready(self) -> None:
        """Connect the receivers and the checks."""
        from predictions import checks, receivers  # noqa: F401
