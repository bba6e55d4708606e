"""The restore drill: the newest backup into a scratch database, everything compared, times taken, all dropped again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cgm_portal.backup import catalogue
from cgm_portal.backup.database import Database
from cgm_portal.backup.keys import BackupKey
from cgm_portal.backup.restoring import RestoreReport, restore_backup
from cgm_portal.backup.scratch import scratch_database


@dataclass(frozen=True)
class DrillReport:
    """A restore that worked, and how old its backup was: what would have been lost at that moment."""

    restore: RestoreReport
    age_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return self.restore.as_json() | {"backup_age_seconds": round(self.age_seconds)}

    def as_text(self) -> str:
        """Return it for people."""
        facts = self.as_json()
        stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in facts["seconds"].items())
        erasures = facts["erasures"]
        return (
            f"Backup {facts['backup']}, {self.age_seconds / 3600:.1f} h old: restored.\n"
            f"{facts['tables']} tables, {facts['rows']:,} rows and {facts['triggers']} triggers are as they were.\n"
            f"{erasures['children_in_ledger']} children were erased since the portal began; {erasures['came_back']} of "
            "them were in the backup, and none is left.\n"
            f"{stages}."
        )


def run_drill(wanted: str, *, beside: Database, keys: list[BackupKey]) -> DrillReport:
    """Restore the backup `wanted` (a name, or "newest") beside the database `beside` and return the report.

    Raises DomainError as `restore_backup` does, "no_backup", "cannot_create_database".
    """
    manifest = catalogue.find_backup(wanted, keys)
    with scratch_database(beside) as scratch:
        restored = restore_backup(manifest, into=scratch, keys=keys)
    return DrillReport(restored, (datetime.now(UTC) - manifest.made_at).total_seconds())
