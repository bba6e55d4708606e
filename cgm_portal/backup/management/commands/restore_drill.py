"""`manage.py restore_drill`: prove that the newest backup can be restored; see docs/operations.md."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cgm_portal.backup.catalogue import NEWEST
from cgm_portal.backup.database import portal_database
from cgm_portal.backup.drill import run_drill
from cgm_portal.backup.keys import configured_keys
from cgm_portal.errors import DomainError


class Command(BaseCommand):
    """Restores a backup into a scratch database, compares everything and drops it."""

    help = (
        "Restore the newest backup into a scratch database on the same server, compare the rows of every table and "
        "the triggers with its manifest, do erasures again, report the times, drop the scratch database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which backup and how to answer."""
        parser.add_argument("--backup", default=NEWEST, metavar="NAME", help="another than the newest")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it; exit code 1 says that the backup would not have saved us."""
        try:
            report = run_drill(options["backup"], beside=portal_database(), keys=configured_keys())
        except DomainError as error:
            raise CommandError(f"The drill failed. {error.message} [{error.code}]") from error
        self.stdout.write(json.dumps(report.as_json()) if options["json"] else report.as_text())
