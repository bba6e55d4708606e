"""Every assumption of the calculator, each with its unit; and the three sizes of the original plan.

None of them is a measurement except `seconds_per_film`, which `python -m benchmarks scan_pipeline` prints. What is
rented is what `deploy/arm/` deploys with its two files of parameters, and production once more, larger, for 100k.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

HOURS_PER_MONTH = 730.0
DAYS_PER_MONTH = 30.4


@dataclass(frozen=True)
class Assumptions:
    """How people use the portal. Change one with `estimate_costs --assume NAME=VALUE`."""

    active_share: float = 0.6  # of users who sign in within a month
    films_per_scan: float = 2.0  # front and side
    megabytes_per_film: float = 15.0  # 10 s of 1080p from a phone
    film_days: float = 90.0  # VIDEO_RETENTION_DAYS
    requests_per_active_user: float = 400.0  # a month, pages and API together
    requests_per_scan: float = 40.0  # upload blocks, polling, pages
    kilobytes_per_answer: float = 20.0  # compressed, static files cached by browser and edge
    telemetry_kilobytes_per_request: float = 1.5
    telemetry_kilobytes_per_scan: float = 40.0  # stages, events
    database_megabytes_per_scan: float = 0.06  # session, prediction, measurement, history
    database_months: float = 36.0  # how much history the database is sized for
    backup_copies: float = 28.0  # kept by the retention: 14 daily, 8 weekly, 6 monthly
    backup_compression: float = 0.25  # size of a sealed dump to that of the database
    seconds_per_film: float = 0.7  # of one core; measured, see above
    clinic_hours_per_day: float = 8.0
    clinic_days_per_month: float = 22.0
    peak_factor: float = 4.0  # the busiest hour to the mean clinic hour
    wait_seconds: float = 30.0  # 95 of 100 scans in that hour wait at most so long for a worker

    def as_dict(self) -> dict[str, float]:
        """Return all of them by name."""
        return asdict(self)


@dataclass(frozen=True)
class Size:
    """One of the plan's sizes: what it was said to cost, and what is rented for it.

    `workers`, `measuring_workers`: replicas that run day and night; 0 lets them come with the queue. Names of tiers
    are keys of the price list. `api_management` None: the web is reached directly, by allowed addresses alone.
    """

    name: str
    plan_usd: float
    users: int
    scans_per_month: int
    web_replicas: int
    workers: int
    measuring_workers: int
    postgres: str
    postgres_servers: int  # 2: with a standby in another zone
    redis: str
    redis_nodes: int
    blob: str
    front_door: str | None
    api_management: str | None
    endpoint: str | None
    endpoint_instances: int
    training: str
    training_hours: float
    registry: str
    private_endpoints: int


DEVELOPMENT = Size(
    name="development",
    plan_usd=185.0,
    users=20,
    scans_per_month=500,
    web_replicas=1,
    workers=0,
    measuring_workers=0,
    postgres="postgres_b1ms",
    postgres_servers=1,
    redis="redis_b0",
    redis_nodes=1,
    blob="blob_hot_lrs",
    front_door=None,
    api_management=None,
    endpoint="endpoint_f2s_v2",
    endpoint_instances=1,
    training="training_t4",
    training_hours=10.0,
    registry="registry_premium",
    private_endpoints=11,
)
PRODUCTION = Size(
    name="production",
    plan_usd=960.0,
    users=2_000,
    scans_per_month=20_000,
    web_replicas=2,
    workers=1,
    measuring_workers=1,
    postgres="postgres_d2ds_v5",
    postgres_servers=2,
    redis="redis_b1",
    redis_nodes=2,
    blob="blob_hot_gzrs",
    front_door="front_door_premium",
    api_management="api_standard_v2",
    endpoint="endpoint_f2s_v2",
    endpoint_instances=2,
    training="training_t4",
    training_hours=40.0,
    registry="registry_premium",
    private_endpoints=11,
)
HUNDRED_THOUSAND = Size(
    name="100k",
    plan_usd=2_800.0,
    users=100_000,
    scans_per_month=200_000,
    web_replicas=6,
    workers=1,
    measuring_workers=1,
    postgres="postgres_d4ds_v5",
    postgres_servers=2,
    redis="redis_b3",
    redis_nodes=2,
    blob="blob_hot_gzrs",
    front_door="front_door_premium",
    api_management="api_standard_v2",
    endpoint="endpoint_f4s_v2",
    endpoint_instances=2,
    training="training_a100",
    training_hours=40.0,
    registry="registry_premium",
    private_endpoints=11,
)
SIZES = {size.name: size for size in (DEVELOPMENT, PRODUCTION, HUNDRED_THOUSAND)}


def size_for(users: int) -> Size:
    """Return the smallest size that was made for so many users."""
    return next((size for size in SIZES.values() if users <= size.users), HUNDRED_THOUSAND)
