"""Admits children to treatment and writes down how it ended; a person decides both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from care.dates import refuse_impossible_day, today_of
from care.leaving import change_child_status, end_episode
from care.models import Alert, TreatmentEpisode
from care.treatment_rules import Progress, TreatmentVisit, progress_of
from cgm_portal.errors import DomainError
from children.models import Child, GrowthAssessment, Measurement
from children.services import lock_child

Kind, Criterion, Admission, Exit = (
    TreatmentEpisode.Kind,
    TreatmentEpisode.Criterion,
    TreatmentEpisode.Admission,
    TreatmentEpisode.Exit,
)
_AFTER = {Exit.RECOVERED: Admission.RELAPSE, Exit.DEFAULTED: Admission.RETURN}


@dataclass(frozen=True)
class SuggestedAdmission:
    """What the newest visit and the last treatment suggest; a person may choose otherwise."""

    kind: str
    criterion: str
    admission: str


@transaction.atomic
def admit_child(
    *, child: Child, kind: str, criterion: str, admission: str, admitted_on: date, admitted_by: User
) -> TreatmentEpisode:
    """Open a treatment; open alerts of acute malnutrition are acknowledged by it.

    Raises DomainError: `not_your_clinic`, `child_not_active`, `in_treatment`, `choice_unknown`,
    `criterion_not_fitting`, `date_in_future`, `date_before_birth`, `date_too_early` (before the last treatment ended).
    """
    child = lock_child(child.pk)
    if not may_record_in(admitted_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    if child.status != Child.Status.ACTIVE:
        raise DomainError("child_not_active", _("The child is not active: a supervisor makes it active first."))
    if child.treatment_episodes.open().exists():
        raise DomainError("in_treatment", _("The child is in treatment already. End that first."))
    for field, value, choices in (
        ("kind", kind, Kind),
        ("criterion", criterion, Criterion),
        ("admission", admission, Admission),
    ):
        if value not in choices.values:
            raise DomainError("choice_unknown", _("Choose one of the offered answers."), field=field)
    if kind == Kind.MAM and criterion == Criterion.OEDEMA:
        raise DomainError("criterion_not_fitting", _("A child with oedema has severe malnutrition."), field="criterion")
    last = child.treatment_episodes.order_by("-exited_on").first()
    refuse_impossible_day(
        admitted_on, child=child, field="admitted_on", not_before=last.exited_on if last is not None else None
    )
    episode = TreatmentEpisode.objects.create(
        child=child,
        clinic=child.clinic,
        kind=kind,
        criterion=criterion,
        admission=admission,
        admitted_on=admitted_on,
        admitted_by=admitted_by,
    )
    acute = (Alert.Criterion.WHZ, Alert.Criterion.MUAC, Alert.Criterion.OEDEMA)
    Alert.objects.filter(child=child, state=Alert.State.OPEN, criterion__in=acute).update(
        state=Alert.State.ACKNOWLEDGED, acknowledged_at=timezone.now(), acknowledged_by=admitted_by
    )
    return episode


@transaction.atomic
def exit_treatment(
    *, episode: TreatmentEpisode, exit_as: str, exited_on: date, exited_by: User, note: str = ""
) -> TreatmentEpisode:
    """End a treatment; a death becomes the child's status.

    Raises DomainError: `not_your_clinic`, `treatment_ended`, `choice_unknown`, `date_in_future`, `date_too_early`.
    """
    child = lock_child(episode.child_id)
    if not may_record_in(exited_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    episode = TreatmentEpisode.objects.select_for_update().get(pk=episode.pk)
    if episode.exit:
        raise DomainError("treatment_ended", _("This treatment has ended already."))
    if exit_as not in Exit.values:
        raise DomainError("choice_unknown", _("Choose how the treatment ended."), field="exit")
    refuse_impossible_day(exited_on, child=child, field="exited_on", not_before=episode.admitted_on)
    end_episode(
        episode, exit_as=exit_as, exited_on=exited_on, exited_by=exited_by, at=timezone.now(), note=note.strip()
    )
    if exit_as == Exit.DIED and child.status != Child.Status.DIED:
        reason = note.strip() or _("Died in treatment.")
        change_child_status(
            child=child, status=Child.Status.DIED, happened_on=exited_on, reason=reason, changed_by=exited_by
        )
    return episode


def suggested_admission(child: Child) -> SuggestedAdmission | None:
    """Return what to fill in, or None when the newest visit by hand shows no acute malnutrition."""
    newest = Measurement.objects.active().manual().filter(child=child).order_by("-measured_on", "-measured_at").first()
    assessment = None if newest is None else newest.assessments.filter(is_current=True).first()
    if assessment is None or assessment.acute not in Kind.values:
        return None
    found = set(assessment.criteria)
    criterion = (
        Criterion.OEDEMA
        if "oedema" in found
        else Criterion.WHZ_AND_MUAC
        if {"whz", "muac"} <= found
        else Criterion.MUAC
        if "muac" in found
        else Criterion.WHZ
    )
    last = child.treatment_episodes.exclude(exit="").order_by("-exited_on").first()
    admission = Admission.NEW if last is None else _AFTER.get(Exit(last.exit), Admission.NEW)
    return SuggestedAdmission(kind=assessment.acute, criterion=criterion, admission=admission)


def visits_of_episode(episode: TreatmentEpisode, measurements: Iterable[Measurement]) -> list[TreatmentVisit]:
    """Return the days of a treatment, oldest first; of several rows of a day, the last value of each kind counts.

    `measurements`: the child's counted ones by hand, oldest first, each with its current assessment prefetched.
    """
    days: dict[date, TreatmentVisit] = {}
    for row in measurements:
        in_time = episode.exited_on is None or row.measured_on <= episode.exited_on
        if row.measured_on < episode.admitted_on or not in_time:
            continue
        assessment, before = row.assessment, days.get(row.measured_on)
        whz = None if assessment is None or "whz" in assessment.flags else assessment.whz
        days[row.measured_on] = TreatmentVisit(
            day=row.measured_on,
            weight_kg=_latest(row.weight_kg, before and before.weight_kg),
            whz=_latest(whz, before and before.whz),
            muac_mm=_latest(row.muac_mm, before and before.muac_mm),
            oedema=row.oedema if row.oedema is not None else (before.oedema if before else None),
        )
    return [days[day] for day in sorted(days)]


def manual_visits_of(child: Child) -> QuerySet[Measurement]:
    """Return the child's measurements by hand that count, as `visits_of_episode` needs them."""
    return _manual_rows().filter(child=child)


def manual_rows() -> Prefetch:
    """Return the same as a prefetch on episodes: `episode.child.manual_rows`."""
    return Prefetch("child__measurements", queryset=_manual_rows(), to_attr="manual_rows")


def _manual_rows() -> QuerySet[Measurement]:
    current = Prefetch("assessments", queryset=GrowthAssessment.objects.filter(is_current=True))
    return Measurement.objects.active().manual().prefetch_related(current).order_by("measured_on", "measured_at")


def progress_of_episode(episode: TreatmentEpisode, visits: list[TreatmentVisit]) -> Progress:
    """Return where the treatment stands today, or stood at its exit."""
    today = episode.exited_on or today_of(episode.child)
    return progress_of(visits, kind=episode.kind, admitted_on=episode.admitted_on, today=today)


def _latest(value: object, before: float | None) -> float | None:
    return before if value is None else float(value)  # type: ignore[arg-type]
