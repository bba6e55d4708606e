"""Today: numbers on top, alerts in few lines, and no more queries for many children than for few."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from care.models import FollowUp

pytestmark = pytest.mark.django_db


@pytest.fixture
def today(client, health_worker):
    """Return a reader of the page's words, blanks folded."""
    client.force_login(health_worker)
    return lambda: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(reverse("home")).content.decode()))


def test_a_child_counts_once_under_its_worst_alert(today, make_child, make_measurement):
    make_measurement(child=make_child(name="Baraka"), muac_mm=121, oedema=True)
    make_measurement(child=make_child(name="Zawadi"), muac_mm=121)
    make_measurement(child=make_child(name="Juma"), muac_mm=122)

    page = today()

    assert "3 children with open alerts 1 Critical 2 High" in page
    assert "Bilateral oedema Open" in page


def test_what_is_overdue_is_told_beside_what_is_due(today, child, make_child):
    day = timezone.localdate()
    FollowUp.objects.create(child=child, reason="routine", due_on=day, window_days=7)
    FollowUp.objects.create(
        child=make_child(name="Juma"), reason="routine", due_on=day - timedelta(days=2), window_days=7
    )

    assert "2 follow-ups due 1 overdue" in today()


def test_an_empty_day_says_so(today):
    page = today()

    assert "with open alerts" not in page
    assert "No open alert in your clinics." in page
    assert "Nothing is due today." in page
    assert "No scan is being processed." in page


def test_the_page_takes_the_same_queries_for_one_child_and_for_five(today, make_child, make_measurement):
    make_measurement(child=make_child(name="First"), muac_mm=110)
    today()
    with CaptureQueriesContext(connection) as few:
        today()
    for number in range(4):
        make_measurement(child=make_child(name=f"Child {number}"), muac_mm=110, oedema=True)

    with CaptureQueriesContext(connection) as many:
        today()

    assert len(many) == len(few) <= 16
