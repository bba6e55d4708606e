"""Programme pages at 10,000 and 100,000 children (1,000,000 visits), from maintained cells.

Yardsticks, measured in the same run: each page at 10,000 children (goal: equal query counts, p95 at most 1.5 times as
long at 100,000), a page that answers nothing but the frame, and for the refresh of one touched month the full recount.
Goal: p95 of every page at most 300 ms at 100,000 children. All requests go through the whole middleware stack.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from benchmarks.pages import Timing, signed_in, timed
from benchmarks.population import analyse, fill, make_place
from benchmarks.stage import private_portal

SMALL, LARGE = 10_000, 100_000
ROUNDS = 40
GOAL_P95_MS, GOAL_P95_RATIO = 300, 1.5
FRAME = "/accounts/tokens/"  # the frame of every page and an empty list
PAGES = (
    "/programme/",
    "/programme/?indicator=stunting&sex=F&age_group=12-23",
    "/programme/criteria/",
    "/programme/cases/",
    "/programme/quality/",
    "/programme/?table=month&format=csv",
)


def main() -> None:
    """Print p95 and query counts at both sizes, and how long counting takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with private_portal():
        place = make_place()
        fill(place, children=arguments.small)
        analyse()
        recount(arguments.small)
        small = measure_pages(place, rounds=arguments.rounds)
        fill(place, children=arguments.large - arguments.small, part=1)
        analyse()
        full = recount(arguments.large)
        large = measure_pages(place, rounds=arguments.rounds)
        frame = large[FRAME].p95_ms
        print(f"  {'page':56} {'p95 small':>10} {'p95 large':>10} {'ratio':>6} {'frames':>7}  queries")
        for page in (FRAME, *PAGES):
            ratio = large[page].p95_ms / small[page].p95_ms
            queries = f"{small[page].queries} and {large[page].queries}"
            print(
                f"  {page:56} {small[page].p95_ms:8.1f}ms {large[page].p95_ms:8.1f}ms {ratio:6.2f}"
                f" {large[page].p95_ms / frame:7.1f}  {queries}"
            )
        print(f"  goal: at most {GOAL_P95_MS} ms, ratio at most {GOAL_P95_RATIO}, equal query counts")
        one = refresh_one_month(place)
        print(f"  refresh of one clinic and month {one:.3f} s, full recount {full:.1f} s ({full / one:.0f} times)")


def measure_pages(place: Any, *, rounds: int) -> dict[str, Timing]:
    """Return the timing of the frame and every page, for a programme manager of all clinics."""
    client = signed_in(place.manager)
    return {page: timed(lambda page=page: client.get(page), rounds) for page in (FRAME, *PAGES)}


def recount(children: int) -> float:
    """Count every cell anew and print how many there are; return the seconds."""
    from analytics.aggregates.refresh import CELLS, recount_everything

    seconds = seconds_of(recount_everything)
    rows = {cell.__name__: cell._default_manager.count() for cell in CELLS}
    counts = ", ".join(f"{n:,} {name}" for name, n in rows.items())
    print(f"  full recount of {children:,} children: {seconds:.1f} s; {counts}", flush=True)
    analyse()
    return seconds


def refresh_one_month(place: Any) -> float:
    """Return the seconds that a refresh takes after one visit of this month changed."""
    from analytics.aggregates.refresh import refresh_touched
    from children.models import Measurement

    visit = Measurement.objects.filter(clinic=place.clinics[0]).order_by("-measured_on").first()
    assert visit is not None
    taken = []
    for weight_kg in (8, 9, 10):
        Measurement.objects.filter(pk=visit.pk).update(weight_kg=weight_kg)
        taken.append(seconds_of(refresh_touched))
    return sorted(taken)[1]


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long `work` took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
