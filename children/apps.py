from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from children.growth.tables import verify_data


class ChildrenConfig(AppConfig):
    """The health record: facts about children."""

    name = "children"
    verbose_name = _("Children")

    def ready(self) -> None:
        """Refuse to start with an altered WHO table. Raises TablesError."""
        verify_data()
