"""How many workers measure so many films that nobody waits long: Erlang's C formula for a queue with c servers.

M/M/c: films arrive at random, each takes one worker on average `service_seconds`. Real films take about the same time
each, so real queues are shorter: the answer errs towards more workers. Source: A. K. Erlang (1917); L. Kleinrock,
Queueing Systems I (1975), section 3.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cgm_portal.costs.assumptions import Assumptions
from cgm_portal.errors import DomainError

MOST_BUSY = 0.8  # share of its time that a worker may be busy in the busiest hour: room for retries
SHARE_IN_TIME = 0.95
BURST_FILMS = 200  # what a team brings home after days without a network


@dataclass(frozen=True)
class Capacity:
    """The busiest hour. Times in seconds; `busy` is the share of their time that workers are busy."""

    films_per_second: float
    service_seconds: float
    workers: int
    busy: float
    wait_mean: float
    wait_95: float
    burst_drained_seconds: float
    cpu_hours_per_month: float


def needed_capacity(scans_per_month: float, assume: Assumptions) -> Capacity:
    """Return the fewest workers, of one core each, that hold the assumed waiting time in the busiest hour."""
    films = scans_per_month * assume.films_per_scan
    clinic_seconds = assume.clinic_days_per_month * assume.clinic_hours_per_day * 3600
    rate = films / clinic_seconds * assume.peak_factor
    service = assume.seconds_per_film
    workers = max(1, math.ceil(rate * service / MOST_BUSY))
    while waiting_time(SHARE_IN_TIME, workers=workers, rate=rate, service=service) > assume.wait_seconds:
        workers += 1
    load = rate * service
    return Capacity(
        films_per_second=rate,
        service_seconds=service,
        workers=workers,
        busy=load / workers,
        wait_mean=erlang_c(workers, load) * service / (workers - load),
        wait_95=waiting_time(SHARE_IN_TIME, workers=workers, rate=rate, service=service),
        burst_drained_seconds=BURST_FILMS * service / workers,
        cpu_hours_per_month=films * service / 3600,
    )


def erlang_c(workers: int, load: float) -> float:
    """Return the probability that an arrival must wait; `load` is rate times service time, below `workers`."""
    if not 0 <= load < workers:
        raise DomainError("overloaded", f"{workers} workers cannot carry a load of {load:g}.")
    blocked = 1.0  # Erlang B by its recursion, which does not overflow
    for servers in range(1, workers + 1):
        blocked = load * blocked / (servers + load * blocked)
    return blocked / (1 - load / workers * (1 - blocked))


def waiting_time(share: float, *, workers: int, rate: float, service: float) -> float:
    """Return the seconds within which `share` of all arrivals get a worker."""
    must_wait = erlang_c(workers, rate * service)
    if must_wait <= 1 - share:
        return 0.0
    return math.log(must_wait / (1 - share)) / (workers / service - rate)
