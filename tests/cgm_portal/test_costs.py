"""The calculator: every service of the plan, every number traceable, queues as the formula and a simulation say."""

from __future__ import annotations

import heapq
import io
import json
import math
import random
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cgm_portal.costs.assumptions import SIZES, Assumptions, size_for
from cgm_portal.costs.bill import monthly_bill
from cgm_portal.costs.capacity import erlang_c, needed_capacity, waiting_time
from cgm_portal.costs.prices import load_prices
from cgm_portal.errors import DomainError

SERVICES = {
    "Container Apps",
    "PostgreSQL Flexible Server",
    "Azure Managed Redis",
    "Blob Storage",
    "Front Door + WAF",
    "API Management",
    "Azure Machine Learning",
    "Application Insights",
    "Container Registry",
    "Key Vault",
    "Entra External ID",
    "Private Link",
}


def estimate(*arguments: str) -> dict:
    out = io.StringIO()
    call_command("estimate_costs", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def refusal(*arguments: str) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("estimate_costs", *arguments)
    return str(refused.value)


def test_the_three_sizes_of_the_plan_stand_beside_what_it_said():
    bills = estimate()["bills"]

    assert {bill["size"]: bill["usd_of_the_plan"] for bill in bills} == {
        "development": 185.0,
        "production": 960.0,
        "100k": 2800.0,
    }
    assert [bill["users"] for bill in bills] == [20, 2_000, 100_000]


def test_a_bill_is_the_sum_of_units_times_prices_of_every_service():
    (bill,) = estimate("--size", "production")["bills"]
    prices = load_prices().prices

    assert set(bill["by_service"]) == SERVICES
    for line in bill["lines"]:
        price = next(p for p in prices.values() if (p.service, p.meter) == (line["service"], line["what"]))
        assert line["usd"] == pytest.approx(max(0, line["units"] - price.free_per_month) * price.usd)
    assert bill["usd_per_month"] == pytest.approx(sum(line["usd"] for line in bill["lines"]), abs=0.01)


def test_a_bill_is_what_a_calculation_by_hand_gives():
    (bill,) = estimate("--size", "development")["bills"]
    by_what = {line["what"]: line["usd"] for line in bill["lines"]}

    web_and_beat = (1 + 0.25) * 730 * 3600
    measuring = 500 * 2 * 0.7 * 1.5 * 2
    vcpu_seconds = web_and_beat + measuring
    assert by_what["Consumption, vCPU active usage"] == pytest.approx((vcpu_seconds - 180_000) * 0.000024)
    assert by_what["Burstable B1ms, 1 vCore, 2 GiB"] == pytest.approx(730 * 0.017)
    films_gb = 500 * 2 * 15 / 1000 * 90 / 30.4
    backups_gb = (1 + 500 * 0.06 * 36 / 1000) * 0.25 * 28
    assert by_what["Hot, locally redundant"] == pytest.approx((films_gb + backups_gb + 5) * 0.0184)


PARAMETERS = Path(__file__).parents[2] / "deploy" / "arm"


@pytest.mark.parametrize(("size", "file"), [("development", "dev"), ("production", "production")])
def test_what_is_rented_is_what_the_template_deploys(size, file):
    rented = SIZES[size]
    deployed = json.loads((PARAMETERS / f"{file}.parameters.json").read_text())["parameters"]
    value = {name: parameter["value"] for name, parameter in deployed.items()}
    twice = {"Disabled": 1, "Enabled": 2, "ZoneRedundant": 2}

    assert rented.postgres == value["databaseSize"]["skuName"].lower().replace("standard_", "postgres_")
    assert rented.postgres_servers == twice[value["databaseSize"]["highAvailability"]]
    assert rented.redis == value["brokerSize"]["skuName"].lower().replace("balanced_", "redis_")
    assert rented.redis_nodes == twice[value["brokerSize"]["highAvailability"]]
    assert rented.blob == value["storageSku"].lower().replace("standard_", "blob_hot_")
    least = {kind: replicas["min"] for kind, replicas in value["replicas"].items()}
    assert (rented.web_replicas, rented.workers, rented.measuring_workers) == (
        least["web"],
        least["worker"],
        least["gpu"],
    )
    assert (rented.front_door is not None, rented.api_management is not None) == (value["behindEdge"],) * 2


@pytest.mark.parametrize("size", SIZES.values(), ids=lambda size: size.name)
def test_more_use_never_costs_less(size):
    prices, assume = load_prices(), Assumptions()

    dollars = [
        monthly_bill(size, prices=prices, assume=assume, scans_per_month=scans, users=users).usd
        for scans, users in ((0, 0), (100, 10), (10_000, 1_000), (1_000_000, 100_000))
    ]

    assert dollars == sorted(dollars)
    assert dollars[0] > 0


def test_users_choose_the_size():
    assert [size_for(users).name for users in (1, 20, 21, 2_000, 2_001, 10_000_000)] == [
        "development",
        "development",
        "production",
        "production",
        "100k",
        "100k",
    ]


def test_every_price_names_its_list_and_says_whether_anybody_compared_it():
    prices = load_prices()

    assert prices.dated
    assert prices.currency == "USD"
    for price in prices.prices.values():
        assert price.list.startswith("https://azure.microsoft.com/pricing/")
        assert price.key in prices.unverified or price.seen.startswith("https://")


def test_a_price_of_ones_own_is_used_and_counts_as_verified(tmp_path):
    own = tmp_path / "own.json"
    own.write_text('{"items": {"api_standard_v2": {"usd": 0}}}')

    (ours,) = estimate("--size", "production")["bills"]
    changed = estimate("--size", "production", "--prices", str(own))

    assert ours["usd_per_month"] - changed["bills"][0]["usd_per_month"] == pytest.approx(700)
    assert changed["prices"]["changed"] == ["api_standard_v2"]
    assert "api_standard_v2" not in changed["prices"]["unverified"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("not json", "prices_unreadable"),
        ("[]", "prices_unreadable"),
        ('{"items": {"unicorn": {"usd": 1}}}', "unknown_price"),
        ('{"items": {"redis_b1": {"usd": -1}}}', "bad_price"),
        ('{"items": {"redis_b1": {"usd": NaN}}}', "bad_price"),
        ('{"items": {"redis_b1": {"usd": true}}}', "bad_price"),
        ('{"items": {"redis_b1": 3}}', "bad_price"),
    ],
)
def test_bad_price_files_are_refused(tmp_path, content, code):
    own = tmp_path / "own.json"
    own.write_text(content)

    assert f"[{code}]" in refusal("--prices", str(own))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--users", "-1"), "bad_number"),
        (("--scans-per-month", "1000000000"), "bad_number"),
        (("--assume", "luck=1"), "unknown_assumption"),
        (("--assume", "peak_factor=nan"), "bad_number"),
        (("--assume", "peak_factor"), "bad_number"),
        (("--seconds-per-film", "0"), "bad_number"),
    ],
)
def test_bad_numbers_are_refused(arguments, code):
    assert f"[{code}]" in refusal(*arguments)


def test_the_text_says_the_difference_to_the_plan_and_how_old_the_prices_are(capsys):
    call_command("estimate_costs", "--size", "production")

    said = capsys.readouterr().out
    (bill,) = estimate("--size", "production")["bills"]
    assert f"the original plan said 960: {bill['usd_per_month'] - 960:+,.0f}" in said
    assert f"{len(load_prices().unverified)} of {len(load_prices().prices)} are unverified" in said


# Textbook values: one server waits with probability rho; the others from tables of Erlang's C formula.
@pytest.mark.parametrize(
    ("workers", "load", "must_wait"),
    [(1, 0.0, 0.0), (1, 0.7, 0.7), (2, 1.0, 1 / 3), (3, 2.0, 4 / 9), (10, 8.0, 0.4092)],
)
def test_erlangs_formula_gives_the_textbooks_values(workers, load, must_wait):
    assert erlang_c(workers, load) == pytest.approx(must_wait, abs=1e-4)


def test_a_load_that_workers_cannot_carry_is_refused():
    with pytest.raises(DomainError) as refused:
        erlang_c(2, 2.0)

    assert refused.value.code == "overloaded"


def simulated_waits(*, workers: int, rate: float, service: float, arrivals: int) -> list[float]:
    """Return the sorted waiting times of a simulated queue, in order of arrival served."""
    chance = random.Random(20261005)
    free_at = [0.0] * workers
    now, waits = 0.0, []
    for _arrival in range(arrivals):
        now += chance.expovariate(rate)
        start = max(now, heapq.heappop(free_at))
        waits.append(start - now)
        heapq.heappush(free_at, start + chance.expovariate(1 / service))
    return sorted(waits)


def test_the_formula_agrees_with_a_simulated_queue():
    workers, rate, service, arrivals = 3, 2.5, 0.7, 200_000

    waits = simulated_waits(workers=workers, rate=rate, service=service, arrivals=arrivals)

    expected = erlang_c(workers, rate * service) * service / (workers - rate * service)
    assert sum(waits) / arrivals == pytest.approx(expected, rel=0.05)
    expected_95 = waiting_time(0.95, workers=workers, rate=rate, service=service)
    assert waits[int(0.95 * arrivals)] == pytest.approx(expected_95, rel=0.05)


@pytest.mark.parametrize("scans", [0, 500, 20_000, 200_000, 2_000_000])
def test_workers_are_the_fewest_that_hold_the_waiting_time(scans):
    assume = Assumptions(wait_seconds=5.0)

    need = needed_capacity(scans, assume)

    assert need.wait_95 <= 5.0
    assert need.busy <= 0.8
    if need.workers > 1:
        fewer, load = need.workers - 1, need.films_per_second * need.service_seconds
        too_busy = load / fewer > 0.8
        assert too_busy or waiting_time(0.95, workers=fewer, rate=need.films_per_second, service=0.7) > 5.0


def test_slower_films_need_more_workers():
    need = [needed_capacity(200_000, Assumptions(seconds_per_film=s)).workers for s in (0.35, 0.7, 7.0)]

    assert need == sorted(need)
    assert need[2] > need[1] > 1
    assert math.isclose(needed_capacity(200_000, Assumptions()).cpu_hours_per_month, 400_000 * 0.7 / 3600)
