"""Traces, metrics and custom events. A leaf: it imports no app, and OpenTelemetry only once a collector is configured.

What the apps use is here; every call costs next to nothing while telemetry is off. Where it goes is decided by
`cgm_portal.settings.telemetry`, what may leave by `cgm_portal.telemetry.scrubbing`.
"""

from cgm_portal.telemetry.events import (
    CriticalMalnutritionCase,
    DatabaseBackupMade,
    Event,
    MalnutritionScreening,
    ScanSessionCompleted,
    age_group,
)
from cgm_portal.telemetry.switch import (
    continue_trace,
    current_trace_parent,
    note_stage_seconds,
    send_events,
    start_telemetry,
    stop_telemetry,
)

__all__ = [
    "CriticalMalnutritionCase",
    "DatabaseBackupMade",
    "Event",
    "MalnutritionScreening",
    "ScanSessionCompleted",
    "age_group",
    "continue_trace",
    "current_trace_parent",
    "note_stage_seconds",
    "send_events",
    "start_telemetry",
    "stop_telemetry",
]
