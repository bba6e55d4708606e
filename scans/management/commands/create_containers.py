"""`manage.py create_containers`: make the private containers of the settings; run it at every deployment."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cgm_portal.azure_storage import store_errors
from cgm_portal.checks import check_containers, private_containers


class Command(BaseCommand):
    """Creates what is missing, changes nothing that is there, and ends with the check of all."""

    help = "Create the private containers of Azure Blob Storage that the settings name, and check them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and check. Raises CommandError naming every container that is not as it must be."""
        containers = list(private_containers())
        if not containers:
            self.stdout.write("Files are kept in folders of this machine; there is nothing to create.")
            return
        for storage in containers:
            try:
                with store_errors():
                    storage.client.create_container()
            except FileExistsError:
                self.stdout.write(f"{storage.azure_container}: there already")
            except OSError as error:
                raise CommandError(f"{storage.azure_container} was not created: {error}") from error
            else:
                self.stdout.write(f"{storage.azure_container}: created")
        problems = check_containers()
        if problems:
            raise CommandError("\n".join(str(problem) for problem in problems))
