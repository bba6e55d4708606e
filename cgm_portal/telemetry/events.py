"""The custom events: their names are the classes' names, their attributes the fields. Nothing else is ever sent.

No field holds a name of a person, a birth date, an id of a record, free text or an address: ages are groups, places are
those of the organisation. Numbers are plain; None is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

DAYS_PER_MONTH = 30.4375  # WHO Anthro
_GROUPS = ((6, "0-6"), (12, "6-12"), (24, "12-24"), (36, "24-36"))  # months: below the first number
OLDEST_GROUP = "36+"


def age_group(age_days: int) -> str:
    """Return the group of an age in days: 0-6, 6-12, 12-24, 24-36 or 36+ completed months, lower bound included."""
    months = age_days / DAYS_PER_MONTH
    return next((name for below, name in _GROUPS if months < below), OLDEST_GROUP)


@dataclass(frozen=True)
class Event:
    """What every event has in common: nothing but its name."""

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Return the attributes that this event may carry."""
        return tuple(item.name for item in fields(cls))


@dataclass(frozen=True)
class ScanSessionCompleted(Event):
    """A session's films were answered: with an estimate (`succeeded`), or as `unusable` for `reason`.

    `scan_types`: comma-separated. `processing_seconds`: the stages together; `answer_seconds`: from the submission to
    the answer. `confidence`: probability of being within 1.4 cm. Estimates in the unit of their name. Of several films
    the quality figures are the worst one's: mean luminance 0-255, share of blurred frames and of frames with a body.
    """

    outcome: str
    age_group: str
    sex: str
    scan_types: str
    country: str
    reason: str | None = None
    answer_seconds: float | None = None
    processing_seconds: float | None = None
    confidence: float | None = None
    scale_cue: str | None = None
    frames_used: int | None = None
    mean_luminance: float | None = None
    blur_share: float | None = None
    detected_share: float | None = None
    backend: str | None = None
    model_version: str | None = None
    height_cm: float | None = None
    height_sd_cm: float | None = None
    weight_kg: float | None = None
    muac_mm: float | None = None
    head_circumference_cm: float | None = None


@dataclass(frozen=True)
class MalnutritionScreening(Event):
    """A measurement was recorded and assessed. Classes as in GrowthAssessment, z-scores with two decimals.

    `days_since_measured`: 0 today; more for what was entered or sent later.
    """

    risk_level: str
    age_group: str
    sex: str
    country: str
    source: str
    days_since_measured: int
    stunting: str | None = None
    wasting: str | None = None
    underweight: str | None = None
    acute: str | None = None
    haz: float | None = None
    waz: float | None = None
    whz: float | None = None
    baz: float | None = None
    acz: float | None = None
    hcz: float | None = None


@dataclass(frozen=True)
class CriticalMalnutritionCase(Event):
    """A child measured by hand is at critical risk: where somebody must act. Place names are the organisation's."""

    area: str
    facility: str
    country: str
    age_group: str
    criteria: str
    days_since_measured: int


@dataclass(frozen=True)
class DatabaseBackupMade(Event):
    """A backup was stored, read back and signed. Where none is told for 30 hours somebody must look."""

    rows: int
    bytes: int
    seconds: float


EVENTS: tuple[type[Event], ...] = (
    ScanSessionCompleted,
    MalnutritionScreening,
    CriticalMalnutritionCase,
    DatabaseBackupMade,
)
