from django.apps import AppConfig


class ScansConfig(AppConfig):
    """Scan sessions and their films."""

    name = "scans"
    verbose_name = "Scans"

    def ready(self) -> None:
        """Connect the checks of the store."""
        from cgm_portal import checks  # noqa: F401
