"""Gauges over the whole portal: what each is called, and how their values reach a meter or /metrics.

Imports no OpenTelemetry: /metrics is there without it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import Error, close_old_connections, connection

logger = logging.getLogger(__name__)
ONE_READING_SECONDS = 2.0  # the callbacks of one export share a reading


@dataclass(frozen=True)
class FigureKind:
    """One gauge: dotted name, unit as OpenTelemetry writes it (`s`, `1`), and a sentence."""

    name: str
    unit: str
    description: str


@dataclass(frozen=True)
class Figures:
    """What can be read, and the function that reads it: values by name, without those that are not known."""

    kinds: tuple[FigureKind, ...]
    read: Callable[[], Mapping[str, float]]


class _Reading:
    """Reads all figures at once for callbacks that ask one by one, from the exporter's own thread."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._lock = threading.Lock()
        self._values: Mapping[str, float] = {}
        self._read_at = float("-inf")

    def value(self, name: str) -> float | None:
        with self._lock:
            if time.monotonic() - self._read_at > ONE_READING_SECONDS:
                self._values = self._read()
                self._read_at = time.monotonic()
            return self._values.get(name)

    def _read(self) -> Mapping[str, float]:
        close_old_connections()
        try:
            return self._figures.read()
        except Error:
            logger.warning("the portal's figures could not be read", exc_info=True)
            return {}
        finally:
            connection.close()


def observe_figures(meter: Any, figures: Figures, observation: Callable[[float], Any]) -> None:
    """Register every figure as an observable gauge of `meter`; one that is not known now is not reported."""
    reading = _Reading(figures)

    def observe(name: str, _options: object) -> Iterator[Any]:
        value = reading.value(name)
        if value is not None:
            yield observation(value)

    for kind in figures.kinds:
        meter.create_observable_gauge(
            kind.name, callbacks=[partial(observe, kind.name)], unit=kind.unit, description=kind.description
        )
