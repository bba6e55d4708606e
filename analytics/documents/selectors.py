"""What the documents of one child are made from, for those who may open its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.pages.answer import Answer, answer_of, answering_visit, heed_open_alerts
from care.models import FollowUp
from children.models import Child, Measurement


@dataclass(frozen=True)
class Standing:
    """Where a child stands: its answer, with open alerts heeded, and the next appointment."""

    answer: Answer | None
    follow_up: FollowUp | None


def standing_of(child: Child, visits: Sequence[Measurement]) -> Standing:
    """Return what the banner of the child's page says; `visits` are newest first, with assessments prefetched."""
    answering = answering_visit(visits)
    answer = answer_of(answering) if answering is not None else None
    if answer is not None:
        answer = heed_open_alerts(answer, list(child.alerts.open()))
    return Standing(answer=answer, follow_up=child.follow_ups.open().order_by("due_on").first())
