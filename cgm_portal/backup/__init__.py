"""Backups of the database: made, kept, restored and tried out. `docs/operations.md` says how they are used.

A backup is two files in `storages["database_backups"]`: the sealed output of pg_dump, and a signed manifest that is
written last, so that a backup without one was never finished. The package knows PostgreSQL and no app of the portal.
"""
