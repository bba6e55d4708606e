"""Work pages and list endpoints at 10,000 and 100,000 children (1,000,000 visits).

Yardsticks, measured in the same run and in turn: each page at 10,000 children (goal: equal query counts, p95 at most
1.5 times as long at 100,000), and for list endpoints a bare list of Django REST framework over the same table
(`benchmarks.bare_lists`; goal: at least 0.7 of its rate). All requests go through the whole middleware stack.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.population import analyse, fill, make_place
from benchmarks.stage import private_portal

SMALL, LARGE = 10_000, 100_000
ROUNDS = 40
GOAL_P95_RATIO, GOAL_LIST_RATIO = 1.5, 0.7
PAGES = ("/", "/children/", "/children/?q=child+17", "/care/alerts/", "/care/follow-ups/", "child", "measure")
LISTS = ("/api/v1/children/", "/api/v1/measurements/")


@dataclass(frozen=True)
class Timing:
    """One page: p95 in ms over the rounds, and how many queries it makes."""

    p95_ms: float
    queries: int


def main() -> None:
    """Print p95 and query counts at both sizes, and the rate of lists beside a bare list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with private_portal():
        place = make_place()
        fill(place, children=arguments.small)
        analyse()
        small = measure_pages(place, rounds=arguments.rounds)
        fill(place, children=arguments.large - arguments.small, part=1)
        analyse()
        large = measure_pages(place, rounds=arguments.rounds)
        print(f"  {'page':32} {'p95 small':>10} {'p95 large':>10} {'ratio':>6}  queries")
        for page in PAGES:
            ratio = large[page].p95_ms / small[page].p95_ms
            queries = f"{small[page].queries} and {large[page].queries}"
            print(f"  {page:32} {small[page].p95_ms:8.1f}ms {large[page].p95_ms:8.1f}ms {ratio:6.2f}  {queries}")
        print(f"  goal: ratio at most {GOAL_P95_RATIO}, equal query counts")
        for address in LISTS:
            bare, flat = list_ratios(place, address, rounds=arguments.rounds)
            print(f"  {address:32} {bare:.2f} of a bare list's rate ({flat:.2f} of one without anything nested)")
        print(f"  goal: at least {GOAL_LIST_RATIO}")


def measure_pages(place: Any, *, rounds: int) -> dict[str, Timing]:
    """Return the timing of every page for a supervisor of all clinics."""
    client = signed_in(place.worker)
    return {page: timed(lambda address=address: client.get(address), rounds) for page, address in addresses().items()}


def addresses() -> dict[str, str]:
    """Return the address of each page; those of one child are of a child with a full history."""
    from children.models import Child

    child = Child.objects.order_by("code").first()
    assert child is not None
    own = {"child": f"/children/{child.pk}/", "measure": f"/children/{child.pk}/measure/"}
    return {page: own.get(page, page) for page in PAGES}


def signed_in(user: Any) -> Any:
    """Return a client with a session of `user`."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def timed(request: Callable[[], Any], rounds: int) -> Timing:
    """Return p95 and query count of a request; the first ones warm caches and are not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    seconds_of(request, 3)
    with CaptureQueriesContext(connection) as queries:
        request()
    count = len(queries)  # now: the next request empties the log
    return Timing(p95_ms=p95(seconds_of(request, rounds)) * 1000, queries=count)


def seconds_of(request: Callable[[], Any], rounds: int) -> list[float]:
    """Return how long each of `rounds` requests took."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        answer = request()
        seconds.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.content
    return seconds


def p95(seconds: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]


def list_ratios(place: Any, address: str, *, rounds: int) -> tuple[float, float]:
    """Return the rate of a list endpoint divided by that of a bare list, and of a flat one, measured in turn."""
    from django.test import override_settings

    client = signed_in(place.worker)
    seconds: dict[str, list[float]] = {"": [], "/bare": [], "/flat": []}
    for _ in range(rounds):
        seconds[""] += seconds_of(lambda: client.get(address), 1)
        with override_settings(ROOT_URLCONF="benchmarks.bare_lists"):
            for kind in ("/bare", "/flat"):
                seconds[kind] += seconds_of(lambda kind=kind: client.get(f"{kind}{address}"), 1)
    ours, bare, flat = (statistics.median(taken[1:]) for taken in seconds.values())
    return bare / ours, flat / ours


if __name__ == "__main__":
    main()
