"""The growth chart: lines of the standard, points of the child, the same in plotly and in SVG."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from analytics.figures.growth_chart import growth_figure
from analytics.figures.growth_data import growth_chart
from analytics.figures.growth_frame import DARK
from analytics.figures.growth_names import ChartKey
from analytics.figures.growth_svg import growth_svg
from analytics.selectors import visits_of
from analytics.words import age_words
from children.growth import Index, Sex, measurement_at_z

pytestmark = pytest.mark.django_db
VISIT = {"weight_kg": 10.4, "length_height_cm": 80.0, "position": "length", "muac_mm": 140}


@pytest.fixture
def chart_of():
    def chart(child, key=ChartKey.WEIGHT, *, whole=False):
        return growth_chart(child=child, visits=visits_of(child), key=key, whole=whole, today=timezone.localdate())

    return chart


def traces(chart, name):
    return [trace for trace in json.loads(growth_figure(chart).to_json())["data"] if trace["name"] == name]


def test_lines_lie_where_the_standard_lies(child, make_measurement, chart_of):
    make_measurement(**VISIT)

    segment = chart_of(child).segments[0]

    expected = measurement_at_z(Index.WAZ, sex=Sex.FEMALE, at=segment.x, z=-2.0)
    assert segment.z_lines == (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
    assert np.allclose(segment.y[1], expected)


def test_lines_have_the_colours_of_who_charts_and_labels_at_their_end(child, make_measurement, chart_of):
    make_measurement(**VISIT)
    chart = chart_of(child)

    colours = {z: traces(chart, f"z {z:+g}")[0]["line"]["color"] for z in (0, -1, -2, -3)}
    labels = [a["text"] for a in json.loads(growth_figure(chart).to_json())["layout"]["annotations"]]

    assert colours == {0: "#227532", -1: "#c46a00", -2: "#b1312c", -3: "#222539"}
    assert labels == ["-3", "-2", "-1", "0", "+1", "+2", "+3"]
    dark = json.loads(growth_figure(chart, DARK).to_json())["data"]
    assert next(t for t in dark if t["name"] == "z -3")["line"]["color"] == DARK.lines[3]


def test_the_step_at_24_months_is_never_smoothed(child, make_measurement, chart_of):
    make_measurement(**VISIT)

    lying, standing = chart_of(child, ChartKey.LENGTH, whole=True).segments

    assert lying.x[-1] == 730
    assert standing.x[0] == 731
    assert standing.y[3][0] < lying.y[3][-1]


def test_a_hand_is_a_triangle_and_a_scan_a_circle_with_its_80_percent_interval(
    child, make_measurement, make_scan, chart_of
):
    make_measurement(days_ago=90, **VISIT)
    make_scan(child, cm=82.0, sd=1.5, days_ago=30)
    chart = chart_of(child, ChartKey.LENGTH)

    hand, scan = traces(chart, "by hand")[0], traces(chart, "scan")[0]

    assert hand["marker"]["symbol"] == ["triangle-up"]
    assert "error_y" not in hand
    assert scan["marker"]["symbol"] == ["circle"]
    assert scan["error_y"]["array"] == [pytest.approx(1.5 * 1.2816, abs=0.001)]
    assert "segments test" in scan["hovertext"][0]


def test_a_superseded_scan_is_faint_and_outside_the_joining_line(child, make_measurement, make_scan, chart_of):
    make_measurement(days_ago=90, **VISIT)
    make_scan(child, cm=82.0, sd=1.5)
    make_measurement(**{**VISIT, "length_height_cm": 83.0})
    chart = chart_of(child, ChartKey.LENGTH)

    assert traces(chart, "scan")[0]["opacity"] < 1
    assert len(traces(chart, "visits")[0]["x"]) == 2
    assert "faint" in growth_svg(chart)


def test_a_flagged_value_is_hollow_and_outside_the_joining_line(child, make_measurement, chart_of):
    make_measurement(days_ago=90, **VISIT)
    make_measurement(days_ago=60, **{**VISIT, "weight_kg": 3.0}, confirmed_fields=frozenset({"weight_kg"}))
    make_measurement(**VISIT)
    chart = chart_of(child)

    assert sorted(traces(chart, "by hand")[0]["marker"]["symbol"]) == [
        "triangle-up",
        "triangle-up",
        "triangle-up-open",
    ]
    assert len(traces(chart, "visits")[0]["x"]) == 2
    assert "hollow" in growth_svg(chart)


def test_two_visits_of_one_day_are_both_drawn(child, make_measurement, chart_of):
    make_measurement(**VISIT)
    make_measurement(**{**VISIT, "weight_kg": 10.6})

    assert len(traces(chart_of(child), "by hand")[0]["x"]) == 2


def test_a_preterm_child_has_a_dot_and_a_cross(make_child, make_measurement, chart_of):
    child = make_child(age_days=300, gestation_weeks=31, gestation_days=4)
    make_measurement(child=child, **{**VISIT, "weight_kg": 8.0, "length_height_cm": 69})
    chart = chart_of(child)

    assert traces(chart, "by hand")[0]["x"] == [300.0]
    assert traces(chart, "corrected age")[0]["x"] == [300.0 - (280 - 221)]
    assert "corrected 7 months" in traces(chart, "by hand")[0]["hovertext"][0]


def test_hover_tells_date_age_value_z_class_and_measurer(child, make_measurement, chart_of):
    make_measurement(**VISIT, measured_by="<b>Amina</b>")

    hover = traces(chart_of(child), "by hand")[0]["hovertext"][0]

    assert "10.40 kg" in hover
    assert "z -" in hover or "z +" in hover
    assert "centile" in hover
    assert "&lt;b&gt;Amina&lt;/b&gt;" in hover


def test_muac_has_its_two_action_lines(child, make_measurement, chart_of):
    make_measurement(**VISIT)
    chart = chart_of(child, ChartKey.MUAC)

    assert [line.y for line in chart.action_lines] == [115.0, 125.0]
    assert "115 mm" in growth_svg(chart)


@pytest.mark.parametrize("key", list(ChartKey))
@pytest.mark.parametrize("whole", [False, True], ids=["own ages", "whole"])
def test_every_chart_is_drawn_both_ways(child, make_measurement, chart_of, key, whole):
    make_measurement(**VISIT, head_circumference_cm=46)
    chart = chart_of(child, key, whole=whole)

    assert traces(chart, "by hand")
    svg = growth_svg(chart)
    assert svg.startswith("<svg")
    assert "style=" not in svg
    assert "nan" not in svg.lower()


def test_a_chart_without_points_shows_the_standard_alone(child, chart_of):
    chart = chart_of(child)

    assert chart.points == ()
    assert growth_svg(replace(chart)).count("polyline") >= 7


@pytest.mark.parametrize(
    ("age_days", "words"),
    [
        (0, "0 days"),
        (37, "5 weeks 2 days"),
        (365, "1 year"),
        (730, "2 years"),
        (213, "7 months"),
        (800, "2 years 2 months"),
        (-9, "9 days before term"),
    ],
)
def test_ages_are_told_as_people_say_them(age_days, words):
    assert age_words(age_days) == words
