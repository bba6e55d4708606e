"""`manage.py restore_database --backup NAME --into DATABASE_URL`; see docs/operations.md."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cgm_portal.backup import catalogue
from cgm_portal.backup.database import Database
from cgm_portal.backup.keys import configured_keys
from cgm_portal.backup.replacing import replace_by_backup
from cgm_portal.backup.restoring import restore_backup
from cgm_portal.errors import DomainError


class Command(BaseCommand):
    """Restores a backup into an empty database, or beside a full one that it then replaces."""

    help = (
        "Restore a backup: verify it, restore it in one transaction, compare rows and triggers with its manifest, run "
        "newer migrations, erase again whom the ledger of erasures names. A database that is not empty is refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what is restored and where to."""
        parser.add_argument("--backup", required=True, metavar="NAME", help="its name, or `newest`")
        parser.add_argument("--into", required=True, metavar="DATABASE_URL", help="the database to fill")
        parser.add_argument(
            "--replace", metavar="DATABASE", help="the target's name: put it aside, and the restored one in its place"
        )
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, or say why not."""
        try:
            keys = configured_keys()
            into = Database.from_url(options["into"])
            manifest = catalogue.find_backup(options["backup"], keys)
            if options["replace"] is None:
                report, aside = restore_backup(manifest, into=into, keys=keys), None
            else:
                report, aside = replace_by_backup(manifest, target=into, word=options["replace"], keys=keys)
        except DomainError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        facts = report.as_json() | {"put_aside": aside and aside.name}
        if options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{facts['backup']} is restored into {into.name}: {facts['tables']} tables, {facts['rows']:,} rows, "
            f"{facts['seconds']['all']:.1f} s."
        )
        if aside:
            self.stdout.write(f"What was there is kept as {aside.name}. Drop it when nobody needs it any more.")
