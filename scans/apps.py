from django.apps import AppConfig


class ScansConfig(AppConfig):
    """Scan sessions and their films."""

    name = "scans"
    verbose_name = "Scans"

    def ready(self) -> None:
        """Connect the receivers."""
        from scans import receivers  # noqa: F401
