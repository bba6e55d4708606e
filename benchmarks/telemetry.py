"""What telemetry costs a request: a child's page and a light API answer, from two web servers, one of them traced.

Both work on the same database and are asked in turn, request by request, over kept-open connections; the traced one
sends to a sink that is a process of its own. Two ratios are printed: the time that a caller waits, and the processor
time of the web process, which holds the sending in the background too. The yardstick is the server without telemetry.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

from benchmarks.stage import make_child, private_portal
from tests.servers import WebServer, process_env
from tests.stand_ins.ingestion import INSTRUMENTATION_KEY

GOAL = 1.05
ROUNDS = 16
REQUESTS_PER_ROUND = 20
WARM_UP = 40
MEASUREMENTS = 8


@dataclass
class Side:
    """One of the two servers, and what was measured of it."""

    name: str
    server: WebServer
    client: requests.Session
    waits: list[list[float]] = field(default_factory=list)  # s, by round
    processor: list[float] = field(default_factory=list)  # s a request, by round

    def processor_seconds(self) -> float:
        """Return the processor time of the server and its workers so far."""
        leader = psutil.Process(self.server.pid)
        times = [process.cpu_times() for process in (leader, *leader.children(recursive=True))]
        return sum(each.user + each.system for each in times)

    def ask(self, path: str) -> float:
        """GET `path` and return the seconds until the whole answer was there."""
        started = time.perf_counter()
        answer = self.client.get(f"{self.server.url}{path}")
        seconds = time.perf_counter() - started
        assert answer.ok, answer.status_code
        return seconds


@contextmanager
def running_sink() -> Iterator[str]:
    """Run the sink as a process and give the connection string."""
    with tempfile.TemporaryFile() as log:
        sink = subprocess.Popen(
            [sys.executable, "-m", "tests.stand_ins.ingestion", "0"], stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert sink.stdout is not None
            url = sink.stdout.readline().strip()
            yield f"InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={url}/"
        finally:
            sink.kill()
            sink.wait()


def prepare_child() -> tuple[dict[str, str], str]:
    """Store a child with visits; return what is asked, by name, and a session key of somebody who may see it."""
    from datetime import timedelta
    from decimal import Decimal

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from children.services import MeasuredValues, record_measurement

    child, worker = make_child(age_days=500, sex="F")
    for number in range(MEASUREMENTS):
        values = MeasuredValues(weight_kg=Decimal("9.1") + number / Decimal(10), muac_mm=Decimal(140 + number))
        day = timezone.localdate() - timedelta(days=30 * (MEASUREMENTS - number))
        record_measurement(child=child, values=values, measured_on=day, recorded_by=worker)
    session = SessionStore()
    session[SESSION_KEY] = str(worker.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = worker.get_session_auth_hash()
    session.create()
    paths = {"page of a child": f"/children/{child.pk}/", "child over the API": f"/api/v1/children/{child.pk}/"}
    return paths, session.session_key


def measure(sides: list[Side], path: str) -> None:
    """Ask both in turn; who is first changes from request to request."""
    for side in sides:
        side.waits, side.processor = [], []
        for _request in range(WARM_UP):
            side.ask(path)
    for number in range(ROUNDS):
        used = [side.processor_seconds() for side in sides]
        waits: list[list[float]] = [[] for _side in sides]
        for request in range(REQUESTS_PER_ROUND):
            order = [0, 1] if (number + request) % 2 == 0 else [1, 0]
            for index in order:
                waits[index].append(sides[index].ask(path))
        for side, before, seconds in zip(sides, used, waits, strict=True):
            side.waits.append(seconds)
            side.processor.append((side.processor_seconds() - before) / REQUESTS_PER_ROUND)


def report(off: Side, on: Side) -> float:
    """Print both ratios with their spread over the rounds; return that of the waits."""
    waits = [statistics.median(b) / statistics.median(a) for a, b in zip(off.waits, on.waits, strict=True)]
    processor = [b / a for a, b in zip(off.processor, on.processor, strict=True)]
    for side in (off, on):
        everything = [seconds for seconds in side.waits for seconds in seconds]
        print(
            f"{side.name:14} median {statistics.median(everything) * 1000:6.2f} ms"
            f"  p95 {statistics.quantiles(everything, n=20)[18] * 1000:6.2f} ms"
            f"  processor {statistics.mean(side.processor) * 1000:6.2f} ms a request"
        )
    ratio = statistics.median(waits)
    print(f"wait      on/off {ratio:.3f}  (rounds {_spread(waits)}; goal <= {GOAL})")
    print(f"processor on/off {sum(on.processor) / sum(off.processor):.3f}  (rounds {_spread(processor)})")
    return ratio


def _spread(ratios: list[float]) -> str:
    quarters = statistics.quantiles(ratios, n=4)
    return f"quartiles {quarters[0]:.3f}-{quarters[2]:.3f}, {min(ratios):.3f}-{max(ratios):.3f}"


def main() -> int:
    """Measure and print; 1 when telemetry costs more than the goal."""
    with private_portal(), running_sink() as connection_string, tempfile.TemporaryDirectory() as folder:
        paths, session_key = prepare_child()
        from django.db import connection

        env = process_env(database=connection.settings_dict["NAME"], WEB_MAX_REQUESTS="0")
        env.pop("APPLICATIONINSIGHTS_CONNECTION_STRING", None)
        env.pop("OTEL_EXPORTER_OTLP_ENDPOINT", None)
        traced = {**env, "APPLICATIONINSIGHTS_CONNECTION_STRING": connection_string}
        sides = []
        for name, environment in (("telemetry off", env), ("telemetry on", traced)):
            server = WebServer(env=environment, logs=Path(folder, name))
            server.start()
            client = requests.Session()
            client.cookies["sessionid"] = session_key
            sides.append(Side(name, server, client))
        try:
            print(f"{MEASUREMENTS} visits, {ROUNDS * REQUESTS_PER_ROUND} requests each, {os.cpu_count()} cores")
            ratios = []
            for name, path in paths.items():
                measure(sides, path)
                print(f"\n{name}")
                ratios.append(report(*sides))
        finally:
            for side in sides:
                side.server.terminate()
    return int(max(ratios) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
