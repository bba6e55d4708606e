"""Pairs as plain rows: what the scan said, what was measured by hand, and what one may group by. No name of a child.

Which scans make a pair is decided in `predictions.pairs`; the statistics are in `predictions.accuracy.paired_figures`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil

from django.db.models import DurationField, ExpressionWrapper, F, Prefetch, Q, QuerySet

from accounts.models import Clinic
from children.growth.age import DAYS_PER_MONTH
from children.models import Child, GrowthAssessment
from predictions.models import Prediction
from predictions.pairs import Pair, find_pairs, scans_with_length

#: Completed months, [from, to); the last band has no end.
AGE_BANDS_MONTHS: tuple[tuple[int, int | None], ...] = (
    (0, 6),
    (6, 12),
    (12, 24),
    (24, 36),
    (36, 48),
    (48, 60),
    (60, None),
)


@dataclass(frozen=True)
class PairScope:
    """Which pairs are asked about: of these clinics, filmed from `first_day` to `last_day`, both included.

    An empty word or None leaves nothing out. `age_band` is a key of `age_band_of`; days are those of UTC.
    """

    clinics: QuerySet[Clinic]
    first_day: date | None = None
    last_day: date | None = None
    version_id: uuid.UUID | None = None
    phone_model: str = ""
    sex: str = ""
    position: str = ""
    age_band: str = ""


@dataclass(frozen=True)
class PairedRow:
    """One pair. Lengths in cm; HAZ None where there is no standard for the age; `age_days` at the film."""

    session_id: uuid.UUID
    child_id: uuid.UUID
    filmed_on: date
    estimate_cm: float
    by_hand_cm: float
    estimate_haz: float | None
    by_hand_haz: float | None
    version: str
    clinic: str
    phone_model: str
    sex: str
    position: str
    age_days: int

    @property
    def error_cm(self) -> float:
        """The estimate minus what was measured by hand, cm."""
        return self.estimate_cm - self.by_hand_cm

    @property
    def age_band(self) -> str:
        """The key of the age band: 12-23, or 60+."""
        return age_band_of(self.age_days)


@dataclass(frozen=True)
class PairedRows:
    """The pairs of a scope, oldest first; `left_out`: how many scans with a length are in none, by reason."""

    rows: list[PairedRow]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def children(self) -> int:
        """How many children they are of."""
        return len({row.child_id for row in self.rows})


def paired_rows(scope: PairScope) -> PairedRows:
    """Return the pairs of `scope`; four queries, however many there are."""
    current = GrowthAssessment.objects.filter(is_current=True)
    scans = _scans_in(scope).prefetch_related(Prefetch("measurement__assessments", queryset=current))
    found = find_pairs(scans.order_by("session__recorded_at", "id"))
    return PairedRows(rows=[_row(pair) for pair in found.pairs], left_out=found.left_out)


def age_band_of(age_days: int) -> str:
    """Return the key of the band of completed months that an age in days falls into."""
    months = age_days / DAYS_PER_MONTH
    for low, high in AGE_BANDS_MONTHS:
        if high is None or months < high:
            return age_band_key(low, high)
    raise AssertionError("the last band has no end")


def age_band_key(low: int, high: int | None) -> str:
    """Return the key of a band of AGE_BANDS_MONTHS."""
    return f"{low}+" if high is None else f"{low}-{high - 1}"


def phone_models_in(clinics: QuerySet[Clinic]) -> list[str]:
    """Return the phone models whose scans became a length, in the order of the alphabet."""
    told = Prediction.objects.filter(session__child__clinic__in=clinics, measurement__isnull=False)
    names = told.exclude(session__phone_model="").order_by("session__phone_model")
    return list(names.values_list("session__phone_model", flat=True).distinct())


def _scans_in(scope: PairScope) -> QuerySet[Prediction]:
    wanted = Q(session__child__clinic__in=scope.clinics)
    if scope.first_day is not None:
        wanted &= Q(session__recorded_at__date__gte=scope.first_day)
    if scope.last_day is not None:
        wanted &= Q(session__recorded_at__date__lte=scope.last_day)
    if scope.version_id is not None:
        wanted &= Q(model_version=scope.version_id)
    for column, value in (
        ("session__phone_model", scope.phone_model),
        ("session__child__sex", scope.sex),
        ("measurement__position", scope.position),
    ):
        if value:
            wanted &= Q(**{column: value})
    scans = scans_with_length().filter(wanted)
    return _of_age_band(scans, scope.age_band) if scope.age_band else scans


def _of_age_band(scans: QuerySet[Prediction], key: str) -> QuerySet[Prediction]:
    low, high = next(band for band in AGE_BANDS_MONTHS if age_band_key(*band) == key)
    age = ExpressionWrapper(F("measurement__measured_on") - F("session__child__born_on"), output_field=DurationField())
    scans = scans.annotate(age=age).filter(age__gte=timedelta(days=ceil(low * DAYS_PER_MONTH)))
    return scans if high is None else scans.filter(age__lt=timedelta(days=ceil(high * DAYS_PER_MONTH)))


def _row(pair: Pair) -> PairedRow:
    scan, by_hand = pair.prediction, pair.measurement
    session, child = scan.session, scan.session.child
    assert scan.measurement is not None
    assert scan.measurement.length_height_cm is not None
    assert by_hand.length_height_cm is not None
    return PairedRow(
        session_id=session.pk,
        child_id=child.pk,
        filmed_on=scan.measurement.measured_on,
        estimate_cm=float(scan.measurement.length_height_cm),
        by_hand_cm=float(by_hand.length_height_cm),
        estimate_haz=_haz(scan.measurement.assessment),
        by_hand_haz=_haz(by_hand.assessment),
        version=scan.model_version.label,
        clinic=child.clinic.name,
        phone_model=session.phone_model,
        sex=Child.Sex(child.sex).value,
        position=scan.measurement.position,
        age_days=child.age_days_on(scan.measurement.measured_on),
    )


def _haz(assessment: GrowthAssessment | None) -> float | None:
    """Return HAZ as it was assessed, an implausible one of a scan included: it is an error of the model."""
    return None if assessment is None or assessment.haz is None else float(assessment.haz)
