"""The page of one scan session: its stages while it runs, then the estimate, or the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.views import PrivatePage
from analytics.pages.answer import answer_of, probability_rows
from analytics.pages.frames import frames_context
from analytics.pages.review import review_context
from analytics.selectors import prediction_of, session_for
from children.numbers import printed_number, printed_percent
from predictions.models import Prediction
from scans.advice import advice_on, figures_in_words, marker_warning
from scans.facts import was_lying
from scans.models import ScanSession

STAGES = ScanSession.Stage
AZURE_ML = "azure_ml"  # `Prediction.backend` of the model service


@dataclass(frozen=True)
class Step:
    """One step of the stepper; `state` is done, now or later."""

    label: str
    state: str


class SessionPage(PrivatePage):
    """Where a scan stands, and what came of it."""

    def get(self, request: HttpRequest, session_id: UUID) -> HttpResponse:
        """The whole page."""
        return render(request, "analytics/session.html", session_context(request, session_id))


class SessionProgress(PrivatePage):
    """The part of the page that moves; fetched every second until the session has ended."""

    def get(self, request: HttpRequest, session_id: UUID) -> HttpResponse:
        """The fragment."""
        return render(request, "analytics/_session_progress.html", session_context(request, session_id))


def session_context(request: HttpRequest, session_id: UUID) -> dict[str, Any]:
    """Return what page and fragment show."""
    session = session_for(request.user, session_id)
    context: dict[str, Any] = {"session": session, "child": session.child, "steps": steps_of(session)}
    if session.reason:
        context["advice"] = advice_on(session.reason, lying=was_lying(session))
    context |= review_context(request.user, session) | frames_context(request.user, session)
    prediction = prediction_of(session)
    if prediction is not None:
        shows_more = session.child.clinic.programme.shows_predicted_muac
        context |= result_context(prediction, shows_more=shows_more)
    return context


def result_context(prediction: Prediction, *, shows_more: bool) -> dict[str, Any]:
    """Return the estimate in words; weight, MUAC and head only where the programme shows them."""
    measurement = prediction.measurement
    assessment = measurement.assessment if measurement is not None else None
    return {
        "prediction": prediction,
        "answer": answer_of(measurement) if measurement is not None else None,
        "probabilities": probability_rows(assessment) if assessment is not None else (),
        "estimates": _estimates(prediction, shows_more=shows_more),
        "served_by": served_words(prediction),
        "confidence": None if prediction.confidence is None else printed_percent(prediction.confidence),
        "marker_warning": marker_warning(prediction.quality),
        "qualities": figures_in_words(prediction.quality),
        "timings": [
            (stage_words(name), f"{printed_number(seconds, '.1f')} s")
            for name, seconds in prediction.stage_seconds.items()
        ],
        "total_seconds": f"{printed_number(sum(prediction.stage_seconds.values()), '.1f')} s",
    }


def steps_of(session: ScanSession) -> list[Step]:
    """Return upload, waiting and every stage of processing with where the session stands."""
    names = [_("Video received"), _("Waiting for a free place"), *(str(stage.label) for stage in STAGES)]
    if session.state == ScanSession.State.SUCCEEDED:
        return [Step(name, "done") for name in names]
    order = {ScanSession.State.UPLOADING: 0, ScanSession.State.QUEUED: 1}
    now = order.get(ScanSession.State(session.state), 2)
    if session.stage:
        now = 2 + STAGES.values.index(session.stage)
    return [Step(name, "done" if k < now else "now" if k == now else "later") for k, name in enumerate(names)]


def served_words(prediction: Prediction) -> str:
    """Return in a sentence which model answered where, and why not the model service."""
    model = str(prediction.model_version)
    if prediction.backend == AZURE_ML:
        return _("%(model)s answered in the model service on Azure.") % {"model": model}
    if not prediction.fallback_reason:
        return _("%(model)s answered on the portal's own machine.") % {"model": model}
    return _("%(model)s answered on the portal's own machine, because %(reason)s.") % {
        "model": model,
        "reason": prediction.get_fallback_reason_display(),
    }


def stage_words(name: str) -> str:
    """Return the words of a stage."""
    return str(STAGES(name).label) if name in STAGES.values else name


def _estimates(prediction: Prediction, *, shows_more: bool) -> list[tuple[str, str, str]]:
    rows = [(_("Length or height"), "height_cm", 1, "cm")]
    if shows_more:
        rows += [
            (_("Weight (predicted)"), "weight_kg", 2, "kg"),
            (_("MUAC (predicted)"), "muac_mm", 0, "mm"),
            (_("Head circumference (predicted)"), "head_circumference_cm", 1, "cm"),
        ]
    shown = []
    for label, name, decimals, unit in rows:
        value, bounds = getattr(prediction, name), prediction.intervals.get(name, {}).get("80")
        if value is None:
            continue
        told, *ends = (printed_number(number, f".{decimals}f") for number in (value, *(bounds or ())))
        shown.append((label, f"{told} {unit}", f"{ends[0]} – {ends[-1]} {unit}" if ends else ""))
    return shown
