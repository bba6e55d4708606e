"""Workbook and alert rules ask for names that the portal sends, and for all of what must be watched."""

from __future__ import annotations

import json
import re

import pytest

from cgm_portal.env import BASE_DIR
from cgm_portal.metrics import KINDS
from cgm_portal.telemetry.events import EVENTS
from cgm_portal.telemetry.recorder import STAGE_SECONDS
from cgm_portal.telemetry.scrubbing import SPAN_ATTRIBUTES
from tests.deploy.arm import parse_expression, read_template, strings

MONITORING = BASE_DIR / "deploy" / "monitoring"
ALERTS = read_template(MONITORING / "alerts.json")
WORKBOOK = json.loads((MONITORING / "workbook.json").read_text(encoding="utf-8"))
METRICS = {kind.name for kind in KINDS} | {STAGE_SECONDS}
ROLES = {"cgm.web", "cgm.beat", "cgm.worker-default", "cgm.worker-gpu", "cgm.worker"}  # the last: a beginning
WATCHED = {
    "queue-age": "cgm.scan.queue.oldest_seconds",
    "oldest-lease": "cgm.scan.lease.oldest_seconds",
    "quarantine": "cgm.scan.quarantined",
    "yield-drop": "cgm.scan.yield_24h",
    "failed-share": "cgm.scan.failed_share_24h",
    "no-figures": "cgm.scan.queue.length",
    "no-backup": "DatabaseBackupMade",
    "endpoint-left-alone": "cgm.endpoint.left_alone",
    "request-p95": "percentilew(duration, itemCount, 95)",
    "request-failures": "toint(resultCode) >= 500",
}


def alert_queries() -> dict[str, str]:
    """Return the query of each log alert by the end of its name."""
    found = {}
    for resource in ALERTS.of_type("Microsoft.Insights/scheduledQueryRules"):
        name = re.search(r"'-([a-z0-9-]+)'\)", resource["name"])
        found[name[1]] = resource["properties"]["criteria"]["allOf"][0]["query"]
    return found


def workbook_queries() -> dict[str, str]:
    """Return the query of each part of the workbook by its title."""
    return {item["name"]: item["content"]["query"] for item in WORKBOOK["items"] if "query" in item["content"]}


QUERIES = {**alert_queries(), **workbook_queries()}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_only_for_names_that_are_sent(name):
    query = QUERIES[name]
    quoted = {text for text in re.findall(r'"([^"]*)"', query) if text.startswith("cgm.")}
    fields = {field for event in EVENTS for field in event.field_names() if f'"{event.__name__}"' in query}
    asked = set(re.findall(r'customDimensions\["([^"]+)"\]', query))

    assert quoted <= METRICS | ROLES | SPAN_ATTRIBUTES
    if "customEvents" in query:
        assert fields, "names no event of ours"
        assert asked <= fields
    elif "customMetrics" in query:
        assert asked <= {"stage"}
        assert quoted & METRICS, "names no metric of ours"
    else:
        assert asked <= SPAN_ATTRIBUTES


def test_everything_that_must_be_watched_has_its_rule():
    assert alert_queries().keys() == WATCHED.keys()
    for name, text in WATCHED.items():
        assert text in QUERIES[name]
    [ready] = ALERTS.of_type("Microsoft.Insights/webtests")
    assert "/readyz" in ready["properties"]["Request"]["RequestUrl"]
    assert len(ALERTS.of_type("Microsoft.Insights/metricAlerts")) == 1


def test_a_rule_measures_a_column_that_its_query_gives():
    for resource in ALERTS.of_type("Microsoft.Insights/scheduledQueryRules"):
        [criterion] = resource["properties"]["criteria"]["allOf"]
        column = criterion.get("metricMeasureColumn")
        if column is None:
            assert criterion["timeAggregation"] == "Count"
        else:
            assert re.search(rf"\b{column} = ", criterion["query"]), resource["name"]


def test_the_workbook_shows_every_figure_and_every_event():
    text = "\n".join(workbook_queries().values())

    assert {name for name in METRICS if f'"{name}"' not in text} == set()
    assert {event.__name__ for event in EVENTS if f'"{event.__name__}"' not in text} == set()


def test_the_template_hangs_together():
    used = {call.arguments[0] for call in ALERTS.calls() if call.function == "parameters"}

    assert used == set(ALERTS.parameters)
    for text in strings(ALERTS.content):
        if text.startswith("["):
            parse_expression(text)
