from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CareConfig(AppConfig):
    """What somebody must do about the facts."""

    name = "care"
    verbose_name = _("Care")

    def ready(self) -> None:
        """Connect the receivers."""
        from care import receivers  # noqa: F401
