from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScansConfig(AppConfig):
    """Scan sessions and their films."""

    name = "scans"
    verbose_name = _("Scans")

    def ready(self) -> None:
        """Connect the checks of the store."""
        from cgm_portal import checks  # noqa: F401
