"""Minutes of service: what is counted, what survives a database that is away, and what the counts say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from analytics.service_minutes import recorder as recording
from analytics.service_minutes.middleware import group_of
from analytics.service_minutes.models import BOUNDS_S, BUCKETS, ReadyMinute, RequestGroup, RequestMinute
from analytics.service_minutes.questions import KEPT, answer_times, forget_old, quantile, uptime
from analytics.service_minutes.recorder import MOST_WAITING, MinuteRecorder
from tests.servers import wait_until

MINUTE = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ONE = timedelta(minutes=1)


def counts(*filled: tuple[int, int]) -> list[int]:
    found = [0] * len(BUCKETS)
    for place, count in filled:
        found[place] = count
    return found


def test_every_bucket_has_a_column():
    columns = {field.name for field in RequestMinute._meta.get_fields() if field.name.startswith("bucket_")}

    assert columns == set(BUCKETS)


@pytest.mark.django_db
class TestRecorder:
    def test_what_two_processes_counted_in_one_minute_is_added_up(self):
        for seconds in (0.01, 2.0):
            process = MinuteRecorder()
            process.note(RequestGroup.API, seconds=seconds, failed=False)
            process.note(RequestGroup.API, seconds=2.01, failed=True)
            assert process.write(MINUTE, ready=True)

        times = answer_times(RequestGroup.API, since=MINUTE)

        assert (times.answers, times.within(2.0), times.server_errors) == (4, 2, 2)
        assert ReadyMinute.objects.count() == 1

    def test_a_minute_without_requests_is_ready_all_the_same(self):
        MinuteRecorder().write(MINUTE, ready=True)

        assert (ReadyMinute.objects.count(), RequestMinute.objects.count()) == (1, 0)

    def test_counts_wait_while_the_database_is_away_and_the_minute_stays_down(self, monkeypatch):
        process = MinuteRecorder()
        process.note(RequestGroup.PAGES, seconds=0.1, failed=True)
        with monkeypatch.context() as away:
            away.setattr(recording, "connection", _Away())
            assert not process.write(MINUTE, ready=True)

        process.write(MINUTE + ONE, ready=True)

        assert list(ReadyMinute.objects.values_list("minute", flat=True)) == [MINUTE + ONE]
        assert answer_times(RequestGroup.PAGES, since=MINUTE).server_errors == 1
        process.write(MINUTE + 2 * ONE, ready=True)
        assert answer_times(RequestGroup.PAGES, since=MINUTE).answers == 1

    def test_what_waits_has_a_bound(self, monkeypatch):
        process = MinuteRecorder()
        with monkeypatch.context() as away:
            away.setattr(recording, "connection", _Away())
            for number in range(MOST_WAITING + 5):
                process.note(RequestGroup.API, seconds=0.1, failed=False)
                process.write(MINUTE + number * ONE, ready=True)

        process.write(MINUTE + timedelta(hours=3), ready=True)

        assert answer_times(RequestGroup.API, since=MINUTE).answers == MOST_WAITING


@pytest.mark.django_db(transaction=True)
def test_a_started_recorder_writes_by_itself_and_once_more_at_its_end(monkeypatch):
    monkeypatch.setattr(recording, "MINUTE_S", 0.05)
    process = MinuteRecorder()

    process.start()
    wait_until(ReadyMinute.objects.exists, what="a minute to be noted")
    process.note(RequestGroup.API, seconds=0.1, failed=False)
    process.stop()

    assert answer_times(RequestGroup.API, since=datetime(2000, 1, 1, tzinfo=UTC)).answers == 1


class _Away:
    """The database's connection while its server is away."""

    def cursor(self):
        raise OperationalError("the server closed the connection")

    def close(self):
        """There is nothing to close."""


@pytest.mark.django_db
def test_an_answer_is_counted_by_its_group(client: Client, monkeypatch, health_worker):
    process = MinuteRecorder()
    monkeypatch.setattr("analytics.service_minutes.middleware.recorder", process)
    client.force_login(health_worker)
    client.get(reverse("kpis"))
    client.get("/api/v1/nothing-here/")
    client.get("/livez")

    process.write(MINUTE, ready=True)

    found = {row.group: sum(getattr(row, name) for name in BUCKETS) for row in RequestMinute.objects.all()}
    assert found == {"pages": 1, "api": 1}


@pytest.mark.parametrize(
    ("request_", "group"),
    [
        (RequestFactory().get("/children/"), RequestGroup.PAGES),
        (RequestFactory().post("/api/v1/measurements/", {}, content_type="application/json"), RequestGroup.API),
        (RequestFactory().post("/api/v1/scan-sessions/1/videos/", {"a": "b"}), RequestGroup.UPLOADS),
        (RequestFactory().put("/scans/blocks/1/", b"x"), RequestGroup.UPLOADS),
        (RequestFactory().get("/admin/"), RequestGroup.ADMIN),
    ],
)
def test_requests_that_bring_a_film_are_apart(request_, group):
    assert group_of(request_) is group


def test_quantiles_lie_within_their_bucket():
    half_at_100_ms = counts((2, 50), (9, 50))  # 0.05-0.1 s, 1.5-2 s

    assert quantile(half_at_100_ms, 0.25) == pytest.approx(0.075)
    assert quantile(half_at_100_ms, 0.5) == pytest.approx(0.1)
    assert quantile(half_at_100_ms, 0.95) == pytest.approx(1.95)
    assert quantile(counts((len(BOUNDS_S), 3)), 0.5) == float("inf")
    assert quantile(counts(), 0.5) is None


@pytest.mark.django_db
class TestUptime:
    def test_a_gap_counts_as_down(self):
        for number in (0, 1, 2, 5, 6, 7, 8, 9):
            ReadyMinute.objects.create(minute=MINUTE + number * ONE)

        found = uptime(since=MINUTE - timedelta(days=30), now=MINUTE + 11 * ONE + timedelta(seconds=20))

        assert (found.since, found.minutes, found.ready) == (MINUTE, 10, 8)

    def test_a_portal_that_is_down_now_is_down_until_now(self):
        ReadyMinute.objects.create(minute=MINUTE)

        found = uptime(since=MINUTE, now=MINUTE + timedelta(hours=1))

        assert (found.minutes, found.ready) == (59, 1)

    def test_nothing_noted_gives_no_uptime(self):
        assert uptime(since=MINUTE, now=MINUTE + timedelta(hours=1)) is None

    def test_old_minutes_go(self):
        for minute in (MINUTE, MINUTE + KEPT):
            ReadyMinute.objects.create(minute=minute)
            RequestMinute.objects.create(minute=minute, group="api", bucket_0=1)

        assert forget_old(now=MINUTE + KEPT + ONE) == 2
        assert ReadyMinute.objects.get().minute == MINUTE + KEPT
