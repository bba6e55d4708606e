from django.apps import AppConfig

from children.growth.tables import verify_data


class ChildrenConfig(AppConfig):
    """The health record: facts about children."""

    name = "children"
    verbose_name = "Children"

    def ready(self) -> None:
        """Refuse to start with an altered WHO table. Raises TablesError."""
        verify_data()
