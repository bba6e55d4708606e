"""`manage.py reapply_erasures`: erase again what a restored backup brought back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.erasure.reapply import reapply_erasures
from cgm_portal.errors import DomainError
from scans.blob_removal import STORE_ERRORS


class Command(BaseCommand):
    """Works on the database that DATABASE_URL names. Run it after every restore, before anybody signs in."""

    help = (
        "Do every recorded erasure again: those of the database and those whose copies lie beside the backups. "
        "Run it after every restore, before the portal is opened. Safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how much came back and went again."""
        try:
            done = reapply_erasures()
        except DomainError as error:
            raise CommandError(f"{error.message} Nothing was changed. [{error.code}]") from error
        except STORE_ERRORS as error:
            raise CommandError(
                f"The copies of the erasure ledger can't be read ({type(error).__name__}). Nothing was changed: keep "
                "the portal closed and run it again. [erasure_copies_unreadable]"
            ) from error
        self.stdout.write(
            f"{done.records} erasures, {done.from_copies} of them only in the copies; {done.rows} rows erased again."
        )
