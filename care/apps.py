from django.apps import AppConfig


class CareConfig(AppConfig):
    """What somebody must do about the facts."""

    name = "care"
    verbose_name = "Care"

    def ready(self) -> None:
        """Connect the receivers."""
        from care import receivers  # noqa: F401
