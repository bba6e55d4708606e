"""Backup and drill of a database with many measurements, against PostgreSQL's own programs on the same database.

Yardstick, measured in the same run and in turn: `pg_dump --format=custom` into a file, `pg_restore` of that file into
an empty database. Ours adds: checksums of every row on both sides, sealing, storing, reading back, verifying. Goals: at
most twice the yardstick each way; a million measurements restored within 30 minutes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from benchmarks.stage import make_child, private_portal

MEASUREMENTS = 100_000
ROUNDS = 3
GOAL_RATIO, GOAL_RESTORE_SECONDS_PER_MILLION = 2.0, 30 * 60.0
# One row of a table many times over, each with an id of its own; `also` names what else differs.
COPY = """
    INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object({fields}))).*
    FROM (SELECT stored FROM {table} AS stored LIMIT 1) AS picked (one), generate_series(1, {rows}) AS number
"""


def main() -> None:
    """Print seconds of both ways, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measurements", type=int, default=MEASUREMENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with private_portal() as servers:
        fill(arguments.measurements)
        measure(servers.folder, rows=arguments.measurements, rounds=arguments.rounds)


def fill(rows: int) -> None:
    """Store one measurement as the portal does, then copies of it, its assessment and its history by SQL alone."""
    from django.db import connection
    from django.utils import timezone

    from children.services import MeasuredValues, record_measurement

    child, worker = make_child(age_days=700, sex="F")
    values = MeasuredValues(weight_kg=Decimal("9.1"), muac_mm=Decimal("140"))
    record_measurement(child=child, values=values, measured_on=timezone.localdate(), recorded_by=worker)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # copies need no triggers
        for table, fields in (
            ("children_measurement", "'id', md5(number::text)::uuid"),
            ("children_growthassessment", "'id', md5(number::text)::uuid, 'measurement_id', md5(number::text)::uuid"),
            ("children_measurementevent", "'pgh_id', number + 1000, 'id', md5(number::text)::uuid"),
        ):
            cursor.execute(COPY.format(table=table, fields=fields, rows=rows))
        cursor.execute("SET session_replication_role = origin")


def measure(folder: Path, *, rows: int, rounds: int) -> None:
    """Back up and restore `rounds` times both ways, in turn, and print medians."""
    from cgm_portal.backup.database import portal_database
    from cgm_portal.backup.drill import run_drill
    from cgm_portal.backup.keys import new_key, parse_keys
    from cgm_portal.backup.making import make_backup

    keys, database = parse_keys(new_key("benchmark")), portal_database()
    ours: dict[str, list[float]] = {"backup": [], "restore": []}
    plain: dict[str, list[float]] = {"backup": [], "restore": []}
    for _round in range(rounds):
        started = time.perf_counter()
        manifest = make_backup(database, key=keys[0])
        ours["backup"].append(time.perf_counter() - started)
        drill = run_drill(manifest.name, beside=database, keys=keys).restore
        ours["restore"].append(sum(drill.seconds.values()))
        for name, seconds in plain_seconds(folder).items():
            plain[name].append(seconds)
    print(f"  {rows:,} measurements with assessment and history, {manifest.bytes / 1e6:.0f} MB sealed")
    for name in ours:
        ratio = statistics.median(a / b for a, b in zip(ours[name], plain[name], strict=True))
        mine, theirs = statistics.median(ours[name]), statistics.median(plain[name])
        print(f"  {name:8s} {mine:6.1f} s, plain {theirs:6.1f} s, ratio {ratio:.2f} (goal at most {GOAL_RATIO:g})")
    per_million = statistics.median(ours["restore"]) / rows * 1e6
    print(f"  a million measurements: {per_million:.0f} s (goal at most {GOAL_RESTORE_SECONDS_PER_MILLION:g})")


def plain_seconds(folder: Path) -> dict[str, float]:
    """Return the seconds of pg_dump into a file and of pg_restore from it."""
    from cgm_portal.backup.database import find_program, portal_database
    from cgm_portal.backup.scratch import scratch_database

    database = portal_database()
    with tempfile.NamedTemporaryFile(dir=folder) as file, scratch_database(database) as scratch:
        seconds = {}
        for name, program, into in (("backup", "pg_dump", database), ("restore", "pg_restore", scratch)):
            command = [find_program(program, server_major=18).path, "--no-password", "--dbname", into.conninfo]
            command += ["--format=custom", "--file", file.name] if name == "backup" else [file.name]
            started = time.perf_counter()
            subprocess.run(command, env={"PGPASSWORD": into.password}, check=True)
            seconds[name] = time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    main()
