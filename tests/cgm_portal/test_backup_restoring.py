"""`manage.py restore_database` and `restore_drill` on the suite's PostgreSQL: what comes back, and what is refused."""

from __future__ import annotations

import json

import pytest

from cgm_portal.backup.catalogue import file_name, manifest_name
from cgm_portal.backup.contents import read_contents
from cgm_portal.backup.database import Database, portal_database
from cgm_portal.backup.keys import new_key
from cgm_portal.backup.restoring import current_contents, require_empty
from cgm_portal.backup.scratch import PREFIX, create_database, drop_database
from tests.cgm_portal.backups import (
    answer,
    backup_keys,
    backup_place,
    change_file,
    empty_database,
    portal_sql,
    refusal_of,
)

__all__ = ["backup_keys", "backup_place", "empty_database"]
pytestmark = pytest.mark.django_db
# Backups see what is committed: tests that need rows of their own commit them, the others do with those of migrations.
committed = pytest.mark.django_db(transaction=True)


@committed
def test_the_drill_restores_compares_and_leaves_nothing_behind(backup_place, make_measurement):
    make_measurement(weight_kg=9.1)
    made = answer("backup_database")

    report = answer("restore_drill")

    assert report["backup"] == made["backup"]
    assert (report["tables"], report["rows"]) == (made["tables"], made["rows"])
    assert report["triggers"] > 10
    assert report["differences"] == []
    assert set(report["seconds"]) >= {"verify", "restore", "compare", "all"}
    with portal_sql() as other:
        assert not other.execute("SELECT 1 FROM pg_database WHERE datname ~ %s", (f"^{PREFIX}",)).fetchall()


def test_a_drill_drops_what_a_killed_one_left(backup_place):
    left = create_database(f"{PREFIX}_20260101000000_abcdef", beside=portal_database())
    answer("backup_database")

    answer("restore_drill")

    assert not database_exists(left)


def database_exists(database: Database) -> bool:
    with portal_sql() as other:
        return bool(other.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database.name,)).fetchone())


@committed
def test_a_restored_database_goes_on_writing_history(backup_place, make_measurement, empty_database):
    make_measurement(weight_kg=9.1)
    made = answer("backup_database")

    report = answer("restore_database", "--backup", made["backup"], "--into", empty_database.url)

    assert report["put_aside"] is None
    count = "SELECT count(*) FROM children_childevent"
    with empty_database.connect() as restored:
        before = restored.execute(count).fetchone()[0]
        restored.execute("UPDATE children_child SET name = name || ' junior'")
        assert restored.execute(count).fetchone()[0] == before + 1


def test_a_database_that_is_not_empty_is_refused(backup_place):
    answer("backup_database")
    before = current_contents(portal_database())

    refused = refusal_of("restore_database", "--backup", "newest", "--into", portal_database().url)

    assert "[target_not_empty]" in str(refused)
    assert current_contents(portal_database()).differences_to(before) == []


def test_replacing_asks_for_the_name_of_the_target(backup_place, empty_database):
    answer("backup_database")

    target = ("--into", empty_database.url, "--replace", "some other database")
    assert "[target_not_named]" in str(refusal_of("restore_database", "--backup", "newest", *target))


@committed
def test_replacing_keeps_the_old_database_aside(backup_place, programme, empty_database):
    made = answer("backup_database")
    with empty_database.connect() as old:
        old.execute("CREATE TABLE only_in_the_old_one (id int)")
    target = ("--into", empty_database.url, "--replace", empty_database.name)

    report = answer("restore_database", "--backup", made["backup"], *target)

    aside = empty_database.named(report["put_aside"])
    try:
        with aside.connect() as old, empty_database.connect() as new:
            assert old.execute("SELECT count(*) FROM only_in_the_old_one").fetchone() == (0,)
            assert new.execute("SELECT name FROM accounts_programme").fetchall() == [(programme.name,)]
    finally:
        drop_database(aside, beside=portal_database())


def flip(place: int):
    return lambda content: content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def with_field(name: str, value: object):
    return lambda content: json.dumps({**json.loads(content), name: value}).encode()


@pytest.mark.parametrize(
    ("file", "change", "code"),
    [
        (file_name, flip(5000), "backup_tampered"),
        (file_name, flip(-1), "backup_tampered"),
        (file_name, lambda content: content + b"\0", "backup_tampered"),
        (file_name, lambda content: content[:-1], "backup_truncated"),
        (file_name, lambda content: b"", "backup_truncated"),
        (manifest_name, with_field("sha256", "0" * 64), "backup_manifest_tampered"),
        (manifest_name, with_field("tables", {}), "backup_manifest_tampered"),
        (manifest_name, with_field("key_id", "another"), "backup_key_unknown"),
        (manifest_name, lambda content: content[:100], "backup_manifest_unreadable"),
        (manifest_name, lambda content: b"[]", "backup_manifest_unreadable"),
        (manifest_name, lambda content: b"{}", "backup_manifest_unreadable"),
    ],
)
def test_a_changed_backup_is_refused_before_the_target_is_touched(backup_place, empty_database, file, change, code):
    made = answer("backup_database")
    change_file(file(made["backup"]), change)

    refused = refusal_of("restore_database", "--backup", made["backup"], "--into", empty_database.url)

    assert f"[{code}]" in str(refused)
    require_empty(empty_database)


def test_a_change_after_the_check_leaves_an_empty_target(backup_place, empty_database, monkeypatch):
    with portal_sql() as other:
        # 3 MB that do not compress: the last of several segments is the changed one.
        other.execute("CREATE TABLE ballast AS SELECT sha512(n::text::bytea) FROM generate_series(1, 48000) AS n")
    try:
        made = answer("backup_database")
    finally:
        with portal_sql() as other:
            other.execute("DROP TABLE ballast")
    change_file(file_name(made["backup"]), flip(-1))
    monkeypatch.setattr("cgm_portal.backup.restoring.verify_file", lambda manifest, keys: None)

    refused = refusal_of("restore_database", "--backup", made["backup"], "--into", empty_database.url)

    assert made["bytes"] > 2_000_000
    assert "[backup_tampered]" in str(refused)
    require_empty(empty_database)


@pytest.mark.parametrize(
    ("name", "code"),
    [("20260101T000000.000000Z", "backup_incomplete"), ("../../etc/passwd", "unknown_backup"), ("newest", "no_backup")],
)
def test_a_backup_that_is_not_there_is_refused(backup_place, empty_database, name, code):
    assert f"[{code}]" in str(refusal_of("restore_database", "--backup", name, "--into", empty_database.url))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:///db", "bad_database_url"),
        ("postgresql://u:p@127.0.0.1:notaport/db", "bad_database_url"),
        ("postgresql://nobody:wrong@127.0.0.1:1/db", "database_unreachable"),
    ],
)
def test_a_target_that_cannot_be_opened_is_refused_without_its_password(backup_place, url, code):
    answer("backup_database")

    refused = refusal_of("restore_database", "--backup", "newest", "--into", url)

    assert f"[{code}]" in str(refused)
    assert "wrong" not in str(refused)


def test_old_backups_open_after_a_rotation_until_their_key_is_dropped(settings, backup_place, empty_database):
    old_key, next_key = settings.BACKUP_ENCRYPTION_KEY, new_key("next")
    old = answer("backup_database")["backup"]
    settings.BACKUP_ENCRYPTION_KEY = f"{next_key},{old_key}"
    new = answer("backup_database")["backup"]
    into = ("--into", empty_database.url)

    settings.BACKUP_ENCRYPTION_KEY = next_key
    assert [backup["problem"] for backup in answer("backup_database", "--list")] == ["", "backup_key_unknown"]
    assert "[backup_key_unknown]" in str(refusal_of("restore_database", "--backup", old, *into))
    settings.BACKUP_ENCRYPTION_KEY = f"{next_key},{new_key('test')}"
    assert "[backup_key_wrong]" in str(refusal_of("restore_database", "--backup", old, *into))
    settings.BACKUP_ENCRYPTION_KEY = f"{next_key},{old_key}"
    assert answer("restore_database", "--backup", old, *into)["differences"] == []
    assert json.loads((backup_place / manifest_name(new)).read_text())["key_id"] == "next"


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("UPDATE public.django_content_type SET model = upper(model)", "table public.django_content_type differs"),
        ("DELETE FROM public.django_migrations WHERE id = 1", "table public.django_migrations differs"),
        ("CREATE TABLE public.stray (id int)", "table public.stray was added"),
        ("DROP TABLE public.django_session", "table public.django_session is missing"),
        ("ALTER TABLE public.children_child DISABLE TRIGGER ALL", "trigger public.children_child."),
    ],
)
def test_the_comparison_sees_every_change(change, difference):
    with portal_database().connect(autocommit=False) as connection:
        before = read_contents(connection)
        connection.execute(change)
        after = read_contents(connection)
        connection.rollback()

    found = before.differences_to(after)
    assert found
    assert all(line.startswith(difference) for line in found)


@committed
def test_the_order_of_rows_does_not_matter(programme, clinic, other_clinic):
    before = current_contents(portal_database())
    with portal_sql() as other:
        other.execute("UPDATE accounts_clinic SET name = name WHERE id = %s", (other_clinic.pk,))

    after = current_contents(portal_database())

    assert after.tables["public.accounts_clinic"] == before.tables["public.accounts_clinic"]
