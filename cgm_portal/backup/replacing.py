"""Restores a backup in place of a database that is in use: beside it first, then by two renames. Nothing is dropped."""

from __future__ import annotations

from cgm_portal.backup.database import Database
from cgm_portal.backup.keys import BackupKey
from cgm_portal.backup.manifest import Manifest
from cgm_portal.backup.restoring import RestoreReport, restore_backup
from cgm_portal.backup.scratch import create_database, drop_database, put_in_place, side_name
from cgm_portal.errors import DomainError


def replace_by_backup(
    manifest: Manifest, *, target: Database, word: str, keys: list[BackupKey]
) -> tuple[RestoreReport, Database]:
    """Put the restored backup in the place of `target`; return the report and where the old database is now.

    `word` is the target's name, said a second time: DomainError("target_not_named") otherwise. Raises what
    `restore_backup` raises, with `target` untouched and the half-made one dropped, and "cannot_rename_database".
    """
    if word != target.name:
        raise DomainError(
            "target_not_named",
            f"--replace says {word!r}, --into means {target.name!r}: nothing was done.",
            field="replace",
        )
    made = create_database(side_name(f"{target.name[:30]}_restored"), beside=target)
    try:
        report = restore_backup(manifest, into=made, keys=keys)
    except BaseException:
        drop_database(made, beside=target)
        raise
    return report, put_in_place(made, instead_of=target)
