"""Pairs: a scan with the length or height that was measured by hand of the same child within 24 hours.

Decides what counts as a pair and who may be taken; what is done with pairs is decided elsewhere. A scan keeps its
features only while the child's consent for scanning is live, and teaching a model needs the consent for research, too.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from children.growth import Flag
from children.models import Consent, GrowthAssessment, Measurement
from ml_models.research.training_set import TRUTH_COLUMNS
from predictions.models import Prediction

WINDOW = timedelta(hours=24)
SECONDS_PER_HOUR = 3600
_COLUMN_OF = {"height_cm": "length_height_cm"}
#: What the features tell of the film, read without the features themselves; None where none were stored.
TOLD = ("told_sex", "told_age_days", "told_is_lying")


@dataclass(frozen=True)
class Pair:
    """One scan and its manual measurement, taken in the same position."""

    prediction: Prediction
    measurement: Measurement

    @property
    def child_id(self) -> uuid.UUID:
        """Whose pair it is."""
        return self.measurement.child_id

    @property
    def hours_apart(self) -> float:
        """Hours between film and measurement, 0 to 24."""
        apart = abs(self.prediction.session.recorded_at - self.measurement.measured_at)
        return round(apart.total_seconds() / SECONDS_PER_HOUR, 2)

    @property
    def truth(self) -> Mapping[str, float]:
        """What was measured by hand, by `TRUTH_COLUMNS`; only what was measured."""
        values = {name: getattr(self.measurement, _COLUMN_OF.get(name, name)) for name in TRUTH_COLUMNS}
        return {name: float(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Selection:
    """The pairs that were found; `left_out`: how many scans are in none, by reason."""

    pairs: list[Pair]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def children(self) -> int:
        """How many children they are of."""
        return len({pair.child_id for pair in self.pairs})


def scans_with_features() -> QuerySet[Prediction]:
    """Return the predictions whose features were stored and whose consent for scanning is live."""
    stored = Prediction.objects.exclude(features={}).filter(session__consent__withdrawn_at__isnull=True)
    return stored.select_related("session__child__clinic__programme", "measurement", "model_version")


def scans_with_length() -> QuerySet[Prediction]:
    """Return the predictions that became a length or height, features or not; features are not read."""
    stored = Prediction.objects.filter(measurement__isnull=False)
    return stored.select_related("session__child__clinic__programme", "measurement", "model_version").defer("features")


def with_research_consent(predictions: QuerySet[Prediction]) -> QuerySet[Prediction]:
    """Return those of children who may be used to teach a model now."""
    live = Consent.objects.live().filter(child=OuterRef("session__child"), purpose=Consent.Purpose.RESEARCH_TRAINING)
    return predictions.filter(Exists(live))


def find_pairs(predictions: QuerySet[Prediction]) -> Selection:
    """Pair each scan with the nearest manual length or height of its child.

    Left out: `scan_void` (the scan's own value was voided), `child_changed` (birth date or sex was put right since,
    so the features tell another child), `not_measured` (no manual length or height within 24 hours),
    `other_position` (one lying, one standing), `flagged` (WHO holds the manual value for implausible).
    """
    told = {name: F(f"features__{name.removeprefix('told_')}") for name in TOLD}
    scans = list(predictions.annotate(**told))
    manual = _manual_lengths({scan.session.child_id for scan in scans})
    found, left_out = [], Counter[str]()
    for scan in scans:
        reason, measurement = _partner(scan, manual[scan.session.child_id])
        if measurement is None:
            left_out[reason] += 1
        else:
            found.append(Pair(prediction=scan, measurement=measurement))
    return Selection(pairs=found, left_out=left_out)


def _manual_lengths(child_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Measurement]]:
    current = GrowthAssessment.objects.filter(is_current=True)
    rows = (
        Measurement.objects.active()
        .manual()
        .filter(child_id__in=child_ids, length_height_cm__isnull=False)
        .prefetch_related(Prefetch("assessments", queryset=current))
    )
    by_child: dict[uuid.UUID, list[Measurement]] = defaultdict(list)
    for row in rows:
        by_child[row.child_id].append(row)
    return by_child


def _partner(scan: Prediction, measurements: list[Measurement]) -> tuple[str, Measurement | None]:
    """Return the manual measurement of a scan, or why it has none."""
    if scan.measurement is not None and scan.measurement.state != Measurement.State.ACTIVE:
        return "scan_void", None
    child, filmed_at = scan.session.child, scan.session.recorded_at
    age_days = child.age_days_on(child.clinic.programme.day_of(filmed_at))
    told_sex, told_age_days, told_is_lying = (getattr(scan, name) for name in TOLD)
    if told_sex is not None and (told_sex, told_age_days) != (child.sex, age_days):
        return "child_changed", None
    near = [row for row in measurements if abs(row.measured_at - filmed_at) <= WINDOW]
    if not near:
        return "not_measured", None
    if told_is_lying is None and scan.measurement is not None:
        position = scan.measurement.position
    else:
        position = Measurement.Position.LENGTH if told_is_lying else Measurement.Position.HEIGHT
    alike = [row for row in near if row.position == position]
    if not alike:
        return "other_position", None
    plausible = [row for row in alike if row.assessment is None or Flag.HAZ not in row.assessment.flags]
    if not plausible:
        return "flagged", None
    return "", min(plausible, key=lambda row: abs(row.measured_at - filmed_at))
