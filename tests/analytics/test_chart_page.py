"""The chart on a child's page: all z-scores on one scale, which chart opens, what is said where little can be shown."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import pairwise

import pgtrigger
import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.pages.chart_scores import SHOWN_ROWS
from children.models import GrowthAssessment, Measurement

pytestmark = pytest.mark.django_db
FULL = {
    "weight_kg": 10.4,
    "length_height_cm": 80.0,
    "position": "length",
    "muac_mm": 140,
    "head_circumference_cm": 46.0,
}
MANY_VISITS = 2_500
MOST_QUERIES = 22  # as for a child with two visits, and the session that remembers the tab
LARGEST_PAGE_BYTES, LARGEST_FIGURE_BYTES = 260_000, 200_000


@pytest.fixture
def chart_for(client, health_worker):
    """Return a reader of the chart's part of a page: `chart_for(child, index="haz")`."""
    client.force_login(health_worker)
    return lambda child, **query: client.get(reverse("child", args=[child.pk], query=query)).context["chart"]


def figure_of(client, child, **query):
    return json.loads(client.get(reverse("growth_chart", args=[child.pk], query=query)).content)


def current(chart):
    return [tab.name for tab in chart.tabs if tab.is_current]


def test_all_z_scores_stand_on_one_scale_told_apart_by_shape_and_dash(client, chart_for, child, make_measurement):
    make_measurement(days_ago=60, **FULL)
    last = make_measurement(**FULL).assessment

    chart = chart_for(child, index="all")
    figure = figure_of(client, child, index="all")

    marks = {trace["name"]: trace for trace in figure["data"] if trace["name"].endswith("Z")}
    symbols = {name: trace["marker"]["symbol"][0] for name, trace in marks.items()}
    dashes = [trace["line"]["dash"] for trace in figure["data"] if trace["name"] == "visits"]
    assert list(marks) == ["WAZ", "HAZ", "WHZ", "ACZ", "HCZ", "BAZ"]
    assert len(set(symbols.values())) == len(set(dashes)) == 6
    assert marks["WHZ"]["y"][-1] == pytest.approx(float(last.whz))
    assert f"WHZ z {last.whz:+.2f}, centile" in marks["WHZ"]["hovertext"][-1]
    samples = [re.sub(r"series-\w+", "", head.sample) for head in chart.scores.heads]
    assert len(set(samples)) == 6  # the same place, another outline
    assert str(chart.svg).count("series-line") == 6
    labels = sorted(note["y"] for note in figure["layout"]["annotations"])
    assert min(b - a for a, b in pairwise(labels)) > 0.2


def test_the_table_beneath_has_every_score_and_names_what_is_not_shown(chart_for, child, make_measurement):
    for number in range(SHOWN_ROWS + 1):
        newest = make_measurement(days_ago=100 - number, muac_mm=140 + number)

    scores = chart_for(child, index="all").scores

    assert [head.name for head in scores.heads] == ["ACZ"]
    assert (len(scores.rows), scores.total) == (SHOWN_ROWS, SHOWN_ROWS + 1)
    assert scores.rows[0].cells[0].text == f"{newest.assessment.acz:+.2f}"


def test_no_line_joins_scores_across_five_years(client, chart_for, make_child, make_measurement):
    child = make_child(age_days=1900)
    for days_ago, weight_kg in ((300, 15.0), (200, 15.6), (40, 16.0), (0, 16.2)):
        make_measurement(child=child, days_ago=days_ago, weight_kg=weight_kg)

    chart = chart_for(child, index="all")
    runs = [trace for trace in figure_of(client, child, index="all")["data"] if trace["name"] == "visits"]

    assert [len(run["x"]) for run in runs] == [2, 2]
    assert any("No line joins visits across five years" in note for note in chart.notes)


def test_all_z_scores_are_remembered_and_give_way_where_there_is_none(chart_for, child, make_child, make_measurement):
    make_measurement(**FULL)
    chart_for(child, index="all")
    scoreless = make_child(age_days=60, name="Another child")
    make_measurement(child=scoreless, muac_mm=120)

    assert current(chart_for(child)) == ["All z-scores"]
    assert current(chart_for(scoreless)) == ["MUAC"]


def test_a_child_with_scans_alone_opens_on_its_length(chart_for, child, make_scan):
    make_scan(child, cm=80.0, sd=1.5)

    chart = chart_for(child)

    assert current(chart) == ["Length/height"]
    assert chart.has_scans
    assert any("measure by hand to be sure" in note for note in chart.notes)


def test_values_that_are_all_implausible_are_said_to_be(chart_for, child, make_measurement):
    make_measurement(weight_kg=3.0, confirmed_fields=frozenset({"weight_kg"}))

    chart = chart_for(child, index="waz")

    assert any("Every value of this chart is implausible" in note for note in chart.notes)
    assert "implausible (z below -6 or above +5): measure again" in str(chart.svg)
    assert chart.has_flagged


def test_an_estimated_birth_date_has_a_band_of_age_and_grey_points_but_firm_muac(
    client, chart_for, make_child, make_measurement
):
    child = make_child(age_days=700, birth_date_estimated=True)
    make_measurement(child=child, **FULL)

    by_age, by_length, muac = (chart_for(child, index=index) for index in ("haz", "whz", "acz"))
    trace = next(t for t in figure_of(client, child, index="haz")["data"] if t["name"] == "by hand")

    assert trace["error_x"]["array"][0] == pytest.approx(0.1 * 700 * 1.2816, rel=0.01)
    assert [chart.has_age_band for chart in (by_age, by_length, muac)] == [True, False, True]
    assert ["greyed" in str(chart.svg) for chart in (by_age, by_length, muac)] == [True, False, False]
    assert any("within 13 weeks" in note for note in by_age.notes)


def test_from_five_years_on_only_charts_with_lines_are_offered(chart_for, make_child, make_measurement):
    eight = make_child(age_days=2950)
    make_measurement(child=eight, weight_kg=25.0, length_height_cm=127.0, position="height", muac_mm=190)

    opened, asked = chart_for(eight), chart_for(eight, index="acz")

    assert [tab.name for tab in opened.tabs] == ["Weight", "Length/height", "BMI", "All z-scores"]
    assert asked.svg is None
    assert "WHO has no lines of this chart from five years on" in asked.notes[0]


def test_over_nineteen_years_no_chart_and_no_tab_is_shown(chart_for, make_child, make_measurement):
    adult = make_child(age_days=6900)
    make_measurement(child=adult, weight_kg=52.0)
    adult.born_on -= timedelta(days=300)  # as a corrected birth date does
    adult.save()

    chart = chart_for(adult)

    assert (chart.svg, chart.tabs) == (None, ())
    assert "Over nineteen years" in chart.notes[0]


def test_a_newborn_has_an_axis_of_weeks_and_no_line_of_action_for_muac(chart_for, make_child, make_measurement):
    newborn = make_child(age_days=40)
    make_measurement(child=newborn, weight_kg=4.2, muac_mm=115)

    weight, muac = str(chart_for(newborn, index="waz").svg), chart_for(newborn, index="acz")

    assert "Age, completed weeks" in weight
    assert [text for text in ("0", "2", "12") if f">{text}</text>" in weight] == ["0", "2", "12"]
    assert 'class="action' not in str(muac.svg)
    assert any("hold from six months" in note for note in muac.notes)


def test_two_values_of_one_day_tell_their_time(chart_for, child, make_measurement):
    make_measurement(days_ago=9, weight_kg=10.0)
    twice = [make_measurement(weight_kg=kg) for kg in (10.2, 10.4)]

    titles = re.findall(r"<title>([^<]+)</title>", str(chart_for(child, index="waz").svg))

    times = [f", {timezone.localtime(visit.recorded_at):%H:%M}\n" for visit in twice]
    assert [any(time in title for time in times) for title in titles] == [False, True, True]


def test_a_child_with_very_many_visits_has_a_small_page(
    client, health_worker, make_child, make_measurement, django_assert_max_num_queries
):
    child = make_child(age_days=2600)
    first = make_measurement(child=child, days_ago=2590, weight_kg=3.4)
    _repeat_daily(first, times=MANY_VISITS)
    client.force_login(health_worker)

    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(reverse("child", args=[child.pk], query={"index": "waz"}))
    with django_assert_max_num_queries(10):
        figure = client.get(reverse("growth_chart", args=[child.pk], query={"index": "waz"}))

    assert len(page.content) < LARGEST_PAGE_BYTES
    assert len(figure.content) < LARGEST_FIGURE_BYTES
    assert f"{MANY_VISITS + 1} visits have a value here" in page.content.decode()
    drawn = next(trace for trace in json.loads(figure.content)["data"] if trace["name"] == "by hand")
    assert (min(drawn["y"]), max(drawn["y"])) == (3.4, 9.9)  # the ends of what was measured


def _repeat_daily(first: Measurement, *, times: int) -> None:
    """Store copies of a measurement and its assessment on the days after it, without the rules: only size counts."""
    assessment = first.assessment
    visits, assessments = [], []
    for day in range(1, times + 1):
        fields = {field.attname: getattr(first, field.attname) for field in Measurement._meta.concrete_fields}
        passed = timedelta(days=day)
        fields |= {
            "measured_on": first.measured_on + passed,
            "measured_at": first.measured_at + passed,
            "weight_kg": 9.9 if day == times // 2 else 6.0 + day % 7 / 10,
        }
        del fields["id"]
        visits.append(Measurement(**fields))
        fields = {field.attname: getattr(assessment, field.attname) for field in GrowthAssessment._meta.concrete_fields}
        del fields["id"]
        fields |= {"measurement_id": visits[-1].pk, "age_days": assessment.age_days + day}
        assessments.append(GrowthAssessment(**fields))
    with pgtrigger.ignore():
        Measurement.objects.bulk_create(visits)
        GrowthAssessment.objects.bulk_create(assessments)
