"""Brings a restored database in line with the erasures that came after its backup, and proves that it did.

Whoever was erased since is in the backup: `manage.py reapply_erasures` takes the ledger, which lies beside the backups
too, and erases them once more. What that means for each table is decided there, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from analytics.erasure.ledger import FOLDER
from cgm_portal.backup.catalogue import storage_trouble, store
from cgm_portal.backup.database import Database
from cgm_portal.backup.manage import run_manage
from cgm_portal.errors import DomainError
from children.models import Child, ErasureRecord


@dataclass(frozen=True)
class Erasures:
    """How many children the ledger names as erased whole, and how many of them the backup had brought back."""

    children_in_ledger: int
    came_back: int


def reapply_erasures(database: Database) -> Erasures:
    """Erase again in `database`, and look whether the children of the ledger are gone.

    Raises DomainError: "reapply_erasures_failed", "erased_child_left".
    """
    before = _children(database)
    if _has_records(database) or _has_copies():  # a portal where nothing was ever erased starts no process
        run_manage("reapply_erasures", database=database)
    erased = _erased_whole(database)
    if left := erased & _children(database):
        raise DomainError("erased_child_left", f"{len(left)} erased children are still in {database.name}.")
    return Erasures(children_in_ledger=len(erased), came_back=len(erased & before))


def _children(database: Database) -> set[UUID]:
    return _ids(database, sql.SQL("SELECT id FROM {}").format(sql.Identifier(Child._meta.db_table)))


def _erased_whole(database: Database) -> set[UUID]:
    ledger, scope = sql.Identifier(ErasureRecord._meta.db_table), sql.Literal(ErasureRecord.Scope.CHILD.value)
    return _ids(database, sql.SQL("SELECT child_id FROM {} WHERE scope = {}").format(ledger, scope))


def _has_records(database: Database) -> bool:
    return bool(_ids(database, sql.SQL("SELECT id FROM {}").format(sql.Identifier(ErasureRecord._meta.db_table))))


def _ids(database: Database, query: sql.Composed) -> set[UUID]:
    with database.connect() as connection:
        return {row[0] for row in connection.execute(query).fetchall()}


def _has_copies() -> bool:
    with storage_trouble():
        try:
            return any(store().listdir(FOLDER))
        except FileNotFoundError:  # a local folder before the first erasure
            return False
