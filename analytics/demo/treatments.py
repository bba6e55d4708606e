"""Lives the treatment of a demo child through the services of care: admission, tracing, exit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from accounts.models import User
from analytics.demo.past import Past
from analytics.demo.plans import ChildPlan
from care.models import TreatmentEpisode
from care.tracing import close_tracing, record_attempt
from care.treatment import admit_child, exit_treatment, suggested_admission
from children.models import Child

AFTERNOON = time(14, tzinfo=UTC)  # when families are called and visited


class Treated:
    """The treatment of one child, or nothing where its story has none."""

    def __init__(self, plan: ChildPlan, *, child: Child, health_worker: User, past: Past) -> None:
        self.plan = plan
        self.child = child
        self.health_worker = health_worker
        self.past = past
        self.episode: TreatmentEpisode | None = None

    def after_visit(self, number: int) -> None:
        """Admit the child, by what the portal suggests, after the first visit of its treatment."""
        treatment = self.plan.story.treatment
        if treatment is None or number != len(self.plan.visits) - treatment.visits:
            return
        suggested = suggested_admission(self.child)
        assert suggested is not None, f"{self.plan.story.name}: the first visit shows no acute malnutrition"
        self.episode = admit_child(
            child=self.child,
            kind=suggested.kind,
            criterion=suggested.criterion,
            admission=suggested.admission,
            admitted_on=self.plan.visits[number].measured_on,
            admitted_by=self.health_worker,
        )

    def after_all(self) -> None:
        """Look for the family and end the treatment as the story tells."""
        treatment = self.plan.story.treatment
        if treatment is None or self.episode is None:
            return
        tracing = None
        for attempt in treatment.attempts:
            tracing = record_attempt(
                child=self.child,
                attempted_on=self._on_day(attempt.after_days),
                way=attempt.way,
                was_reached=not attempt.reason_not_reached,
                reason_not_reached=attempt.reason_not_reached,
                note=attempt.note,
                recorded_by=self.health_worker,
            ).tracing
        if not treatment.exit:
            return
        day = self._on_day(treatment.exit_after_days)
        if tracing is not None and treatment.outcome:
            close_tracing(tracing=tracing, outcome=treatment.outcome, outcome_on=day, closed_by=self.health_worker)
        exit_treatment(
            episode=self.episode,
            exit_as=treatment.exit,
            exited_on=day,
            exited_by=self.health_worker,
            note=treatment.exit_note,
        )

    def _on_day(self, after_days: int) -> date:
        """Let it be the afternoon of a day after the last visit, and return that day."""
        day = self.plan.visits[-1].measured_on + timedelta(days=after_days)
        self.past.happens_at(datetime.combine(day, AFTERNOON))
        return day
