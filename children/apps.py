from django.apps import AppConfig


class ChildrenConfig(AppConfig):
    """The health record: facts about children."""

    name = "children"
    verbose_name = "Children"
