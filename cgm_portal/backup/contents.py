"""What a database holds, as far as two can be compared: rows and a checksum of each table, and the triggers.

The checksum of a table is the sum, in two halves of 64 bits, of the first 16 bytes of the SHA-256 of each row's text:
it does not depend on the order of rows, and it is computed by the server without sorting. Against damage, not against
an adversary: the manifest that carries it is signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

# Whatever a server or a role prefers, a row must read alike on both sides.
_READING = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "search_path": "pg_catalog",
}
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, 2
"""
_TRIGGERS = """
    SELECT n.nspname || '.' || c.relname || '.' || t.tgname,
           encode(sha256(convert_to(d.text, 'UTF8')), 'hex')
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT concat(pg_get_triggerdef(t.oid), t.tgenabled, pg_get_functiondef(t.tgfoid)) AS text) d
    WHERE NOT t.tgisinternal AND n.nspname !~ '^pg_' ORDER BY 1
"""
_HALF = sql.SQL("coalesce(sum(('x' || encode(substr(hash, {start}, 8), 'hex'))::bit(64)::bigint::numeric), 0)")
_HALVES = {"first_half": _HALF.format(start=1), "second_half": _HALF.format(start=9)}
_CHECKSUM = """
    SELECT count(*), {first_half}, {second_half}
    FROM (SELECT sha256(convert_to(the_whole_row::text, 'UTF8')) AS hash FROM {table} AS the_whole_row) AS hashes
"""


@dataclass(frozen=True)
class TableContent:
    """How many rows a table holds, and their checksum: 32 hex digits."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Contents:
    """Tables by `schema.name`; triggers by `schema.table.name`, each with the hash of its definition."""

    tables: dict[str, TableContent]
    triggers: dict[str, str]

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values for a manifest."""
        tables = {name: {"rows": table.rows, "checksum": table.checksum} for name, table in self.tables.items()}
        return {"tables": tables, "triggers": self.triggers}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Contents:
        """Return what `as_json` gave."""
        tables = {name: TableContent(**table) for name, table in value["tables"].items()}
        return cls(tables, value["triggers"])

    def differences_to(self, other: Contents) -> list[str]:
        """Return one line for each table or trigger that is missing, added or different in `other`; no values."""
        return [
            *_differences("table", self.tables, other.tables),
            *_differences("trigger", self.triggers, other.triggers),
        ]


def _differences(kind: str, ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    lines = [f"{kind} {name} is missing" for name in sorted(ours.keys() - theirs.keys())]
    lines += [f"{kind} {name} was added" for name in sorted(theirs.keys() - ours.keys())]
    both = sorted(ours.keys() & theirs.keys())
    return lines + [f"{kind} {name} differs" for name in both if ours[name] != theirs[name]]


def read_contents(connection: psycopg.Connection[tuple[Any, ...]]) -> Contents:
    """Return what the connection's transaction sees; the caller begins a transaction of REPEATABLE READ.

    Sequences are left out: they live outside transactions, so no snapshot holds them.
    """
    for name, value in _READING.items():
        connection.execute("SELECT set_config(%s, %s, true)", (name, value))
    tables = {}
    for schema, name in connection.execute(_TABLES).fetchall():
        query = sql.SQL(_CHECKSUM).format(table=sql.Identifier(schema, name), **_HALVES)
        rows, high, low = connection.execute(query).fetchone() or (0, 0, 0)
        tables[f"{schema}.{name}"] = TableContent(rows, f"{int(high) % 2**64:016x}{int(low) % 2**64:016x}")
    triggers = dict(connection.execute(_TRIGGERS).fetchall())
    return Contents(tables, triggers)
