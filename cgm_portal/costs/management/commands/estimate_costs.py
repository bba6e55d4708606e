"""`manage.py estimate_costs`: what a month on Azure costs, and how many workers it needs; see docs/operations.md."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cgm_portal.costs.assumptions import SIZES, Assumptions, size_for
from cgm_portal.costs.bill import Bill, monthly_bill
from cgm_portal.costs.prices import PriceList, load_prices
from cgm_portal.errors import DomainError

MOST = 100_000_000  # users or scans a month: more is a slip of the finger


class Command(BaseCommand):
    """Prints one size, or the three sizes of the plan side by side."""

    help = (
        "Estimate what a month on Azure costs, by service, and how many measuring workers it takes. Without options: "
        "the three sizes of the original plan beside what it said. Prices: cgm_portal/costs/prices.json, or yours."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare size, use, assumptions and prices."""
        parser.add_argument("--size", choices=list(SIZES), help="what is rented; otherwise what fits --users")
        parser.add_argument("--users", type=int, help="people with an account")
        parser.add_argument("--scans-per-month", type=int, help="scan sessions a month")
        parser.add_argument(
            "--seconds-per-film", type=float, help="of one core, from `python -m benchmarks scan_pipeline`"
        )
        parser.add_argument(
            "--assume", action="append", default=[], metavar="NAME=VALUE", help="another value for an assumption"
        )
        parser.add_argument(
            "--prices", type=Path, metavar="FILE", help='your own: {"items": {"redis_b1": {"usd": 0.04}}}'
        )
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute and print."""
        try:
            prices = load_prices(options["prices"])
            assume = _assumptions(options["assume"], options["seconds_per_film"])
            bills = _bills(options, prices, assume)
        except DomainError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        if options["json"]:
            self.stdout.write(json.dumps({"prices": _about(prices), "bills": [_as_json(bill) for bill in bills]}))
            return
        for bill in bills:
            self.stdout.write(_as_text(bill))
        self.stdout.write(_footer(prices))


def _bills(options: dict[str, Any], prices: PriceList, assume: Assumptions) -> list[Bill]:
    users, scans = options["users"], options["scans_per_month"]
    for name, value in (("--users", users), ("--scans-per-month", scans)):
        if value is not None and not 0 <= value <= MOST:
            raise DomainError("bad_number", f"{name} must be 0 to {MOST:,}, not {value:,}.")
    if options["size"]:
        sizes = [SIZES[options["size"]]]
    elif users is not None:
        sizes = [size_for(users)]
    else:
        sizes = list(SIZES.values())
    return [monthly_bill(size, prices=prices, assume=assume, users=users, scans_per_month=scans) for size in sizes]


def _assumptions(given: list[str], seconds_per_film: float | None) -> Assumptions:
    values = Assumptions().as_dict()
    for pair in [*given, *([f"seconds_per_film={seconds_per_film}"] if seconds_per_film is not None else [])]:
        name, _equals, text = pair.partition("=")
        if name not in values:
            raise DomainError("unknown_assumption", f"There is no assumption {name!r}. Known: {', '.join(values)}.")
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 < value < MOST:  # false for nan, too
            raise DomainError("bad_number", f"{name} must be a number above 0, not {text!r}.")
        values[name] = value
    return replace(Assumptions(), **values)


def _as_json(bill: Bill) -> dict[str, Any]:
    return {
        "size": bill.size.name,
        "users": bill.users,
        "scans_per_month": bill.scans_per_month,
        "usd_per_month": round(bill.usd, 2),
        "usd_of_the_plan": bill.size.plan_usd,
        "by_service": {service: round(usd, 2) for service, usd in bill.by_service().items()},
        "lines": [asdict(line) for line in bill.lines],
        "capacity": asdict(bill.capacity),
        "assumptions": bill.assume.as_dict(),
        "rented": asdict(bill.size),
    }


def _about(prices: PriceList) -> dict[str, Any]:
    return {
        "dated": prices.dated,
        "currency": prices.currency,
        "region": prices.region,
        "terms": prices.terms,
        "origin": prices.origin,
        "changed": list(prices.changed),
        "unverified": prices.unverified,
    }


def _as_text(bill: Bill) -> str:
    title = f"{bill.size.name}: {bill.users:,} users, {bill.scans_per_month:,} scans a month"
    lines = [title, "-" * len(title)]
    for line in bill.lines:
        lines.append(f"  {line.service:27s} {line.what:50s} {line.units:>14,.1f} {line.per:20s} {line.usd:>9,.2f}")
    difference = bill.usd - bill.size.plan_usd
    lines.append(f"  {'in all, US dollars a month':115s} {bill.usd:>9,.2f}")
    lines.append(f"  the original plan said {bill.size.plan_usd:,.0f}: {difference:+,.0f}")
    need = bill.capacity
    lines.append(
        f"  capacity: {need.films_per_second:.3g} films a second in the busiest hour, {need.service_seconds:g} s each: "
        f"{need.workers} worker(s), {need.busy:.0%} busy; wait {need.wait_mean:.1f} s on average, "
        f"{need.wait_95:.1f} s for 95 of 100; 200 films at once are done in {need.burst_drained_seconds:.0f} s"
    )
    return "\n".join(lines) + "\n"


def _footer(prices: PriceList) -> str:
    return (
        f"Prices: {prices.region}, {prices.currency}, {prices.terms}, as of {prices.dated}; "
        f"{len(prices.unverified)} of {len(prices.prices)} are unverified. Compare with the list before you decide: "
        "--prices FILE replaces any, --assume NAME=VALUE changes an assumption, --json names all of both."
    )
