"""Which backups go: daily, weekly, monthly ones stay as planned, the last good one whatever happens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cgm_portal.backup.catalogue import Listed, new_name
from cgm_portal.backup.contents import Contents
from cgm_portal.backup.manifest import Manifest
from cgm_portal.backup.retention import RetentionPlan, names_to_delete

NOW = datetime(2026, 10, 5, 6, tzinfo=UTC)
PLAN = RetentionPlan(daily=7, weekly=4, monthly=3, keep_all_hours=48)


def listed(made_at: datetime, problem: str = "") -> Listed:
    name = new_name(made_at)
    empty = Contents({}, {})
    manifest = Manifest(name, made_at, "k", 1, "", 18, 18, 1.0, empty) if not problem else None
    return Listed(name, made_at, manifest, problem)


def kept_of(backups, *, plan=PLAN, now=NOW):
    going = names_to_delete(backups, plan=plan, now=now)
    return [backup for backup in backups if backup.name not in going]


def test_a_year_of_nights_leaves_days_weeks_and_months():
    nights = [listed(NOW - timedelta(days=days, hours=5)) for days in range(365)]

    kept = {backup.made_at.date().isoformat() for backup in kept_of(nights)}

    days = {f"2026-10-0{day}" for day in (5, 4, 3, 2, 1)} | {"2026-09-30", "2026-09-29"}
    weeks = {"2026-10-05", "2026-10-04", "2026-09-27", "2026-09-20"}  # Sundays, and the week that has begun
    months = {"2026-10-05", "2026-09-30", "2026-08-31"}
    assert kept == days | weeks | months


def test_every_backup_of_the_last_two_days_stays():
    today = [listed(NOW - timedelta(hours=hours)) for hours in range(47)]

    assert kept_of(today) == today


def test_when_backups_stop_none_is_lost_to_age():
    nights = [listed(NOW - timedelta(days=400 + days)) for days in range(7)]

    assert kept_of(nights) == nights


def test_what_was_never_finished_goes_once_a_good_one_is_newer():
    good = listed(NOW - timedelta(days=3))
    halves = [listed(NOW - timedelta(days=days), "backup_incomplete") for days in (2.5, 5)]

    assert kept_of([good, *halves]) == [good, halves[0]]
    assert kept_of(halves) == halves


def test_what_another_key_sealed_is_left_for_a_person():
    backups = [listed(NOW - timedelta(days=1)), listed(NOW - timedelta(days=900), "backup_key_unknown")]

    assert kept_of(backups) == backups


@given(
    ages=st.lists(st.floats(min_value=0, max_value=5000), min_size=1, max_size=30),
    problems=st.lists(st.sampled_from(["", "backup_incomplete", "backup_truncated"]), min_size=30, max_size=30),
    kept_counts=st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
)
def test_the_last_good_one_never_goes(ages, problems, kept_counts):
    backups = [listed(NOW - timedelta(days=age), problem) for age, problem in zip(ages, problems, strict=False)]
    good = [backup for backup in backups if backup.is_good]

    kept = kept_of(backups, plan=RetentionPlan(*kept_counts, keep_all_hours=0))

    if good:
        assert max(good, key=lambda backup: backup.made_at).made_at in {b.made_at for b in kept if b.is_good}
    else:
        assert kept == backups
