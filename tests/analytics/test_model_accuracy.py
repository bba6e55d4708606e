"""The page of paired accuracy: its figures, whose pairs they are of, what the address filters, and the file."""

from __future__ import annotations

import csv

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from analytics.figures.bland_altman import MOST_POINTS, Level, PairPoint, bland_altman_svg
from analytics.figures.funnel_svg import Step, funnel_svg
from children.models import Child

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs(make_child, make_scan, make_measurement, other_clinic):
    """Three pairs in one clinic, each 1 cm too long or right, and a scan without a partner; a pair elsewhere."""
    for number, (sex, cm) in enumerate((("F", 81.0), ("F", 82.0), ("M", 82.0))):
        child = make_child(sex=sex, name=f"Named Child {number}")
        make_scan(child, cm=cm, sd=1.0)
        make_measurement(child=child, length_height_cm=81.0, position="length")
    make_scan(make_child(name="Unmeasured"), cm=80.0, sd=1.0)
    moved = make_child()
    make_scan(moved, cm=78.0, sd=1.0)
    make_measurement(child=moved, length_height_cm=81.0, position="length")
    Child.objects.filter(pk=moved.pk).update(clinic=other_clinic)


def shown(client: Client, user: User, **query: str):
    client.force_login(user)
    answer = client.get(reverse("model_accuracy", query=query))
    assert answer.status_code == 200, answer.context["form"].errors
    return answer.context, answer.content.decode()


def test_a_worker_sees_the_pairs_of_own_clinics(client: Client, pairs, health_worker: User):
    context, html = shown(client, health_worker)

    figures = context["figures"]
    assert (figures.pairs, figures.children, round(figures.bias.value, 2)) == (3, 3, 0.67)
    assert "+0.67 cm" in html
    assert context["left_out"] == [("No length or height by hand within 24 hours", 1)]
    assert html.count('class="pair"') == 3
    assert "Named Child" not in html


def test_a_manager_sees_the_programme_by_clinic(client: Client, pairs, make_user):
    context, html = shown(client, make_user("manager", Role.PROGRAMME_MANAGER))

    groups = {key: found for key, _title, found in context["sections"]}
    assert [(group.label, group.figures.pairs) for group in groups["clinic"]] == [
        ("North clinic", 3),
        ("South clinic", 1),
    ]
    assert [(group.key, group.figures.pairs) for group in groups["sex"]] == [("F", 3), ("M", 1)]
    assert "few pairs" in html


def test_filters_in_the_address_choose_pairs(client: Client, pairs, health_worker: User):
    assert shown(client, health_worker, sex="M")[0]["figures"].pairs == 1
    assert shown(client, health_worker, age_band="12-23", position="length")[0]["figures"].pairs == 3
    context, html = shown(client, health_worker, position="height")
    assert context["figures"].pairs == 0
    assert "Measure by hand after a scan" in html


def test_the_file_has_everything_and_each_group(client: Client, pairs, health_worker: User):
    client.force_login(health_worker)

    text = client.get(reverse("model_accuracy_file", query={"sex": "F"})).getvalue().decode()

    rows = list(csv.DictReader(text.splitlines()))
    assert (rows[0]["dimension"], rows[0]["pairs"], rows[0]["bias_cm"]) == ("all", "2", "0.5")
    assert {row["dimension"] for row in rows} == {
        "all",
        "version",
        "clinic",
        "phone_model",
        "age_band",
        "sex",
        "position",
    }


def test_what_cannot_be_asked_for_is_refused(client: Client, health_worker: User, other_clinic):
    client.force_login(health_worker)

    for query in ({"clinic": str(other_clinic.pk)}, {"sex": "X"}, {"age_band": "1-2"}, {"first_month": "yesterday"}):
        for name in ("model_accuracy", "model_accuracy_file"):
            assert client.get(reverse(name, query=query)).status_code == 422, query


def test_the_page_makes_the_same_queries_for_many_pairs(
    client: Client, pairs, health_worker: User, make_child, make_scan, make_measurement, django_assert_max_num_queries
):
    client.force_login(health_worker)
    client.get(reverse("model_accuracy"))

    with django_assert_max_num_queries(16):
        client.get(reverse("model_accuracy"))


def test_the_plot_holds_every_point_and_line():
    points = [PairPoint(by_hand=70 + n, estimate=70 + n + (n % 3 - 1) * 2.0) for n in range(30)]
    levels = [Level(0.2, -0.1, 0.5, is_bias=True), Level(-3.0, -4.0, -2.0), Level(3.4, 2.4, 4.4)]

    svg = bland_altman_svg(points, levels, title="x")

    assert svg.count('class="pair"') == 30
    assert (svg.count('class="bias"'), svg.count('class="limit"')) == (1, 2)
    assert 'y="-' not in svg
    assert 'cy="-' not in svg


def test_a_plot_of_very_many_pairs_stays_light():
    svg = bland_altman_svg([PairPoint(80.0, 80.5)] * (MOST_POINTS * 3), [], title="x")

    assert 0 < svg.count("<circle") <= MOST_POINTS


def test_plots_of_nothing_are_empty():
    assert bland_altman_svg([], [], title="x") == ""
    assert funnel_svg([Step("Started", 0)], title="x") == ""
