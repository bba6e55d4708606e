"""`manage.py backup_database`: a backup now, a list of them, or a new key; see docs/operations.md."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cgm_portal.backup import catalogue
from cgm_portal.backup.database import portal_database
from cgm_portal.backup.keys import configured_keys, new_key
from cgm_portal.backup.making import make_backup
from cgm_portal.backup.retention import apply_retention
from cgm_portal.errors import DomainError

FAILED, TOO_OLD, BUSY = 1, 3, 4


class Command(BaseCommand):
    """Makes one backup and applies the retention."""

    help = (
        "Back up the database: pg_dump, sealed, into the container database-backups, with a signed manifest; then let "
        "old backups go. Exit code: 0 done, 1 failed, 3 (--list) the newest good backup is too old, 4 another one runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do instead of a backup."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="show the backups and whether they are whole")
        what.add_argument("--new-key", metavar="ID", help="print a fresh entry for BACKUP_ENCRYPTION_KEY")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, or say why not."""
        try:
            if options["new_key"]:
                self.stdout.write(new_key(options["new_key"]))
            elif options["list"]:
                self._list(as_json=options["json"])
            else:
                self._back_up(as_json=options["json"])
        except DomainError as error:
            code = BUSY if error.code == "backup_running" else FAILED
            raise CommandError(f"{error.message} [{error.code}]", returncode=code) from error

    def _back_up(self, *, as_json: bool) -> None:
        keys = configured_keys()
        made = make_backup(portal_database(), key=keys[0])
        gone = apply_retention(keys=keys, now=timezone.now())
        facts = {
            "backup": made.name,
            "bytes": made.bytes,
            "sha256": made.sha256,
            "tables": len(made.contents.tables),
            "rows": made.contents.rows,
            "seconds": made.seconds,
            "deleted": gone,
        }
        if as_json:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{made.name}: {made.bytes:,} bytes sealed, {facts['tables']} tables, {facts['rows']:,} rows, "
            f"{made.seconds:.1f} s. Deleted by retention: {', '.join(gone) or 'none'}."
        )

    def _list(self, *, as_json: bool) -> None:
        backups = catalogue.listed_backups(configured_keys())
        if as_json:
            lines = [{"name": b.name, "made_at": b.made_at.isoformat(), "problem": b.problem} for b in backups]
            self.stdout.write(json.dumps(lines))
        else:
            for backup in backups:
                size = f"{backup.manifest.bytes:,} bytes" if backup.manifest else backup.problem
                self.stdout.write(f"{backup.name}  {size}")
        newest = next((backup.made_at for backup in backups if backup.is_good), None)
        oldest_allowed = timezone.now() - timedelta(hours=settings.BACKUP_MAX_AGE_HOURS)
        if newest is None or newest < oldest_allowed:
            raise CommandError(
                f"There is no good backup of the last {settings.BACKUP_MAX_AGE_HOURS} hours. [backup_too_old]",
                returncode=TOO_OLD,
            )
