from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    """Models and what they said."""

    name = "predictions"
    verbose_name = "Predictions"

    def ready(self) -> None:
        """Connect the receivers and the checks."""
        from predictions import checks, receivers  # noqa: F401
