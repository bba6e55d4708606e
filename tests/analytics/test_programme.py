"""The programme's prevalence: the counts it shows, whose they are, and what the filters in the address do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Clinic, Role, User
from analytics.aggregates import refresh
from analytics.aggregates.indicators import INDICATOR_OF, INDICATORS
from analytics.aggregates.models import COUNTS
from analytics.aggregates.questions import Scope, Totals, cells_for, totals_of
from analytics.aggregates.refresh import refresh_touched
from analytics.figures.share_svg import SharePoint, bars_svg, rows_svg, series_svg
from children.dates import months_between
from children.growth.survey import share_of
from children.models import Child, Measurement

pytestmark = pytest.mark.django_db

PAGE = "programme"


@pytest.fixture
def two_clinics(
    make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], other_clinic: Clinic, make_user
) -> None:
    """One severely wasted girl and one well boy in the first clinic, one well boy in the second."""
    girl = make_child(age_days=500, sex="F", name="Named Girl")
    make_measurement(child=girl, weight_kg=6.0, length_height_cm=76, position="length", muac_mm=110, oedema=False)
    boy = make_child(age_days=500, sex="M")
    make_measurement(child=boy, weight_kg=10.2, length_height_cm=79, position="length", muac_mm=150, oedema=False)
    southern = make_user("southern", Role.HEALTH_WORKER, other_clinic)
    far = make_child(age_days=500, sex="M", clinic=other_clinic, registered_by=southern)
    make_measurement(
        child=far,
        weight_kg=10.2,
        length_height_cm=79,
        position="length",
        muac_mm=150,
        oedema=False,
        recorded_by=southern,
    )


def shown(client: Client, user: User, **query: str) -> tuple[Totals, str]:
    client.force_login(user)
    answer = client.get(reverse(PAGE, query=query))
    assert answer.status_code == 200, answer.context["form"].errors
    return answer.context["whole"], answer.content.decode()


def test_a_manager_sees_the_whole_programme_without_names(client: Client, make_user, two_clinics: None):
    whole, html = shown(client, make_user("manager", Role.PROGRAMME_MANAGER))

    assert (whole.counts["children"], whole.counts["sam"], whole.counts["acute_n"]) == (3, 1, 3)
    assert "33.3 %" in html
    assert "Named Girl" not in html


def test_a_health_worker_sees_own_clinics_alone(client: Client, health_worker: User, two_clinics: None):
    whole, html = shown(client, health_worker)

    assert whole.counts["children"] == 2
    assert "South clinic" not in html


def test_another_programmes_clinic_cannot_be_asked_for(client: Client, health_worker: User, other_clinic: Clinic):
    client.force_login(health_worker)

    answer = client.get(reverse(PAGE, query={"clinic": str(other_clinic.pk)}))

    assert answer.status_code == 422
    assert "clinic" in answer.context["form"].errors


def test_every_split_adds_up_to_the_whole(supervisor: User, two_clinics: None):
    refresh_touched()
    month = timezone.localdate().replace(day=1)

    totals = totals_of(cells_for(supervisor, Scope(first_month=month, last_month=month)))

    assert totals.whole.counts["children"] == 2
    for groups in totals.groups.values():
        assert {name: sum(group.counts[name] for group in groups) for name in COUNTS} == totals.whole.counts


def test_a_page_of_a_big_clinic_waits_for_no_count_and_says_so(
    client: Client, supervisor: User, two_clinics: None, make_measurement: Callable[..., Measurement], monkeypatch
):
    before, _html = shown(client, supervisor)
    monkeypatch.setattr(refresh, "FEW_VISITS", 1)  # the clinic had two when it was last counted
    make_measurement(weight_kg=9.1)

    behind, html = shown(client, supervisor)
    assert behind.counts == before.counts
    assert "The newest visits are still being counted" in html

    refresh_touched()  # what beat does each minute
    caught_up, html = shown(client, supervisor)
    assert caught_up.counts["children"] == before.counts["children"] + 1
    assert "still being counted" not in html


def test_filters_leave_the_others_out(client: Client, supervisor: User, two_clinics: None):
    whole, _html = shown(client, supervisor, sex="M", indicator="wasting", age_group="12-23")

    assert (whole.counts["children"], whole.counts["wasted"]) == (1, 0)


def test_months_in_the_wrong_order_are_refused_in_words(client: Client, supervisor: User):
    client.force_login(supervisor)

    answer = client.get(reverse(PAGE, query={"first_month": "2026-05", "last_month": "2026-02"}))

    assert answer.status_code == 422
    assert "The first month is after the last one." in answer.content.decode()


def test_a_clinic_without_visits_says_so(client: Client, supervisor: User):
    _whole, html = shown(client, supervisor)

    assert "No child was measured by hand in these months and clinics." in html


def test_the_page_makes_the_same_queries_for_many_children(
    client: Client, supervisor: User, make_child, make_measurement, django_assert_max_num_queries
):
    client.force_login(supervisor)
    for number in range(6):
        make_measurement(child=make_child(age_days=300 + number), weight_kg=8.0, days_ago=number * 20)
    client.get(reverse(PAGE))

    with django_assert_max_num_queries(20):
        client.get(reverse(PAGE))


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.key)
def test_every_indicator_names_counts_that_exist(indicator):
    assert set(indicator.cases) | {indicator.n} <= set(COUNTS)


def test_sam_and_mam_are_added_up():
    totals = Totals("all", "All", dict.fromkeys(COUNTS, 0) | {"sam": 2, "mam": 3, "acute_n": 20})

    assert totals.share(INDICATOR_OF["sam_mam"]).value == 0.25


def test_months_between_holds_both_ends():
    assert months_between(date(2025, 11, 1), date(2026, 2, 1)) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


def test_a_month_without_children_is_a_gap_in_the_line():
    points = [SharePoint(str(n), share_of(1, 10) if n != 2 else share_of(0, 0)) for n in range(5)]

    svg = series_svg(points, title="By month")

    assert svg.count("<circle") == 4
    assert svg.count("<polyline") == 2


def test_names_in_charts_are_escaped():
    svg = rows_svg([SharePoint("<script>", share_of(1, 3))], title='"><script>')

    assert "<script>" not in svg


def test_nothing_to_show_draws_nothing():
    assert rows_svg([SharePoint("a", share_of(0, 0))], title="x") == ""
    assert bars_svg(["a"], [0], title="x") == ""


@pytest.mark.parametrize("top", [1, 4, 37, 250, 9_999])
def test_bars_stay_within_the_chart(top: int):
    svg = bars_svg(["a", "b"], [top, 0], title="x")

    assert 'y="-' not in svg
    assert svg.count("<rect") == 2
