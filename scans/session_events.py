"""The event of a session whose films were answered; sent once, by the attempt that ended it, after its commit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from cgm_portal.telemetry import ScanSessionCompleted, age_group, send_events
from scans.models import ScanSession


def report_completed(session_id: uuid.UUID, answer: Mapping[str, Any] | None = None) -> None:
    """Send ScanSessionCompleted for a session that has just ended; `answer`: what a model said, by field of the event.

    Call it in the transaction that ended the session, which only one attempt can: a session that succeeded or was
    unusable never ends a second time.
    """
    send_events(partial(_completed, session_id, answer or {}))


def _completed(session_id: uuid.UUID, answer: Mapping[str, Any]) -> list[ScanSessionCompleted]:
    session = ScanSession.objects.select_related("child__clinic__programme").get(pk=session_id)
    programme = session.child.clinic.programme
    filmed_on = programme.day_of(session.recorded_at)
    submitted, finished = session.submitted_at, session.finished_at
    event = ScanSessionCompleted(
        outcome=session.state,
        reason=session.reason,
        age_group=age_group(session.child.age_days_on(filmed_on)),
        sex=session.child.sex,
        scan_types=",".join(session.videos.order_by("scan_type").values_list("scan_type", flat=True)),
        country=programme.country,
        answer_seconds=round((finished - submitted).total_seconds(), 3) if submitted and finished else None,
        **answer,
    )
    return [event]
