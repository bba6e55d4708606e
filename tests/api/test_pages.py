"""Lists: cursor pages that neither skip nor repeat, and a query count that does not grow with the rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from care.models import Alert, FollowUp

LISTS = [
    "api-child-list",
    "api-consent-list",
    "api-measurement-list",
    "api-assessment-list",
    "api-scan-session-list",
    "api-prediction-list",
    "api-model-version-list",
    "api-alert-list",
    "api-follow-up-list",
    "api-clinic-list",
    "api-token-list",
]
MAX_QUERIES = 8


@pytest.fixture
def one_more_of_each(make_child, make_measurement, make_prediction, health_worker):
    """Return a function that adds a child with everything."""

    def add(number: int) -> None:
        child = make_child(name=f"Child {number}")
        for days_ago in (3, 2):
            measurement = make_measurement(child=child, muac_mm=112.0, days_ago=days_ago)
        Alert.objects.get(child=child).evidence.add(measurement)
        assert FollowUp.objects.filter(child=child).exists()
        make_prediction()

    return add


@pytest.mark.parametrize("route", LISTS)
def test_lists_ask_the_database_as_often_for_many_rows_as_for_few(route, worker_api, one_more_of_each):
    one_more_of_each(0)
    worker_api.get(reverse(route))  # notes that the token was used
    with CaptureQueriesContext(
        connection,
    ) as few:
        worker_api.get(reverse(route))
    for number in range(1, 4):
        one_more_of_each(number)

    with CaptureQueriesContext(connection) as many:
        answer = worker_api.get(reverse(route))

    assert answer.status_code == 200
    assert len(many) == len(few) <= MAX_QUERIES


def test_single_things_are_read_in_few_queries(worker_api, everything):
    worker_api.get("/api/v1/me/")
    for route, thing in {
        "api-child-detail": everything.child,
        "api-child-growth-chart": everything.child,
        "api-measurement-detail": everything.measurement,
        "api-scan-result": everything.succeeded,
        "api-alert-detail": everything.alert,
    }.items():
        with CaptureQueriesContext(connection) as queries:
            assert worker_api.get(reverse(route, kwargs={"pk": thing.pk})).status_code == 200
        assert len(queries) <= MAX_QUERIES, route


def test_pages_stay_stable_while_children_are_added(worker_api, make_child):
    before = [make_child(name=f"Child {number}") for number in range(7)]
    first = worker_api.get("/api/v1/children/", page_size=3).json()
    make_child(name="Latecomer")

    names = [row["name"] for row in first["results"]]
    next_page = first["next"]
    while next_page:
        page = worker_api.request("get", "/" + next_page.split("/", 3)[3]).json()
        names += [row["name"] for row in page["results"]]
        next_page = page["next"]

    assert names == [child.name for child in reversed(before)]
    assert first["previous"] is None
