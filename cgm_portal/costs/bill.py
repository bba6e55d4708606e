"""The bill of one month: every service as units times price, from a size, a use and the assumptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cgm_portal.costs.assumptions import DAYS_PER_MONTH, HOURS_PER_MONTH, Assumptions, Size
from cgm_portal.costs.capacity import Capacity, needed_capacity
from cgm_portal.costs.prices import PriceList

MONTH_SECONDS = HOURS_PER_MONTH * 3600
# vCPU of one replica, as deploy/arm/modules/web.json and workers.json rent them; with 2 GiB to each vCPU.
WEB_VCPU, WORKER_VCPU, MEASURING_VCPU, BEAT_VCPU = 1.0, 0.5, 2.0, 0.25
GIB_PER_VCPU = 2.0
COMES_AND_GOES = 1.5  # a replica that comes with the queue starts, works, and waits a while before it goes
SMALLEST_DISK_GIB = 32  # of a Flexible Server; the next ones double it
MODEL_GB = 5.0  # models, training sets in blobs
SECRET_READS = 20_000  # of Key Vault a month: starts of processes


@dataclass(frozen=True)
class Line:
    """So many units of one meter, and what they cost after what is free."""

    service: str
    what: str
    units: float
    per: str
    usd: float


@dataclass(frozen=True)
class Bill:
    """One month."""

    size: Size
    users: int
    scans_per_month: int
    assume: Assumptions
    capacity: Capacity
    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        """US dollars in all."""
        return sum(line.usd for line in self.lines)

    def by_service(self) -> dict[str, float]:
        """Return US dollars by service, dearest first."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.service] = sums.get(line.service, 0.0) + line.usd
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def monthly_bill(
    size: Size, *, prices: PriceList, assume: Assumptions, users: int | None = None, scans_per_month: int | None = None
) -> Bill:
    """Return the bill of `size`, used by its own or the given number of users and scans."""
    users = size.users if users is None else users
    scans = size.scans_per_month if scans_per_month is None else scans_per_month
    capacity = needed_capacity(scans, assume)
    use = _Use(size, users, scans, assume, capacity)
    lines = [
        Line(price.service, price.meter, units, price.per, price.cost(units))
        for key, units in use.units()
        if (price := prices.prices[key])
    ]
    return Bill(size, users, scans, assume, capacity, tuple(lines))


@dataclass(frozen=True)
class _Use:
    size: Size
    users: int
    scans: int
    assume: Assumptions
    capacity: Capacity

    def units(self) -> Iterator[tuple[str, float]]:
        """Yield (key of a price, units of a month)."""
        yield from self._compute()
        yield from self._database()
        yield from self._blobs()
        yield from self._edge()
        yield from self._rest()

    @property
    def films(self) -> float:
        return self.scans * self.assume.films_per_scan

    @property
    def active_users(self) -> float:
        return self.users * self.assume.active_share

    @property
    def requests(self) -> float:
        return self.active_users * self.assume.requests_per_active_user + self.scans * self.assume.requests_per_scan

    @property
    def egress_gb(self) -> float:
        return self.requests * self.assume.kilobytes_per_answer / 1e6

    @property
    def database_gb(self) -> float:
        return 1.0 + self.scans * self.assume.database_megabytes_per_scan * self.assume.database_months / 1e3

    def _compute(self) -> Iterator[tuple[str, float]]:
        always = self.size.web_replicas * WEB_VCPU + self.size.workers * WORKER_VCPU + BEAT_VCPU
        on_demand = self.capacity.cpu_hours_per_month * 3600 * COMES_AND_GOES
        measuring = max(self.size.measuring_workers * MONTH_SECONDS, on_demand) * MEASURING_VCPU
        vcpu_seconds = always * MONTH_SECONDS + measuring
        yield "container_vcpu_second", vcpu_seconds
        yield "container_gib_second", vcpu_seconds * GIB_PER_VCPU
        yield "container_requests", self.requests / 1e6

    def _database(self) -> Iterator[tuple[str, float]]:
        disk = SMALLEST_DISK_GIB
        while disk < self.database_gb / 0.7:  # a third free
            disk *= 2
        yield self.size.postgres, HOURS_PER_MONTH * self.size.postgres_servers
        yield "postgres_storage", disk * self.size.postgres_servers
        yield self.size.redis, HOURS_PER_MONTH * self.size.redis_nodes

    def _blobs(self) -> Iterator[tuple[str, float]]:
        films_gb = self.films * self.assume.megabytes_per_film / 1e3 * self.assume.film_days / DAYS_PER_MONTH
        backups_gb = self.database_gb * self.assume.backup_compression * self.assume.backup_copies
        yield self.size.blob, films_gb + backups_gb + MODEL_GB
        yield "blob_writes", self.films * (self.assume.megabytes_per_film + 2) / 1e4  # blocks of 1 MB
        yield "blob_reads", self.films * 4 / 1e4

    def _edge(self) -> Iterator[tuple[str, float]]:
        if self.size.front_door is None:
            yield "egress", self.egress_gb
        else:
            yield self.size.front_door, 1.0
            yield "front_door_requests", self.requests / 1e4
            yield "front_door_egress", self.egress_gb
        if self.size.api_management is not None:
            yield self.size.api_management, 1.0
        yield "private_endpoint", self.size.private_endpoints * HOURS_PER_MONTH

    def _rest(self) -> Iterator[tuple[str, float]]:
        if self.size.endpoint is not None:
            yield self.size.endpoint, HOURS_PER_MONTH * self.size.endpoint_instances
        yield self.size.training, self.size.training_hours
        telemetry_kb = self.requests * self.assume.telemetry_kilobytes_per_request
        yield "logs", (telemetry_kb + self.scans * self.assume.telemetry_kilobytes_per_scan) / 1e6
        yield self.size.registry, DAYS_PER_MONTH
        yield "key_vault", SECRET_READS / 1e4
        yield "sign_in", self.active_users
