"""What a story of the demo is made of: turns, deeds, a treatment. The stories themselves stand in `stories`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Deed(StrEnum):
    """What a person does after the last visit."""

    ACKNOWLEDGE = "acknowledge"
    REFER = "refer"
    CLOSE = "close"
    CORRECT = "correct"
    VOID = "void"
    WITHDRAW_SCAN = "withdraw_scan"
    ARRIVE = "arrive"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one visit of a story records. None: as the child grows.

    `whz` sets the weight by the length that was read; `weight_share` sets it as a share of the weight before.
    """

    whz: float | None = None
    weight_share: float | None = None
    weight_kg: Decimal | None = None
    length_height_cm: Decimal | None = None
    muac_mm: Decimal | None = None
    head_circumference_cm: Decimal | None = None
    oedema: bool = False
    without_muac: bool = False


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try to reach a family that did not come, `after_days` after the last visit. Without a reason: reached."""

    after_days: int
    way: str
    reason_not_reached: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """A treatment of acute malnutrition over the last `visits`: admitted at the first of them by what it shows.

    exit: how it ended, `exit_after_days` after the last visit; empty while it goes on. outcome: of the tracing that
    `attempts` open, on the day of the exit; empty while the family is looked for.
    """

    visits: int
    exit: str = ""
    exit_after_days: int = 0
    exit_note: str = ""
    attempts: tuple[Attempt, ...] = ()
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Some children with one fate. Pairs are (mean, SD) for z-scores, else (lowest, highest).

    `haz`, `whz` and `head` are levels of the child's own; `arm` is what ACZ has beyond its share of WHZ.
    `age_days` is at the last visit, `last_seen_days` how long ago that was. `turns` are the last visits, the last one
    last. `sample` names a film of `data/`, taken today. With a `treatment`, `interval_days` holds between its visits.
    """

    name: str
    children: int = 1
    age_days: tuple[int, int] = (60, 1750)
    last_seen_days: tuple[int, int] = (0, 40)
    visits: tuple[int, int] = (2, 6)
    interval_days: tuple[int, int] | None = None
    haz: tuple[float, float] = (-0.9, 0.7)
    whz: tuple[float, float] = (-0.2, 0.5)
    arm: tuple[float, float] = (0.25, 0.35)
    head: tuple[float, float] = (-0.3, 0.7)
    turns: tuple[Turn, ...] = ()
    gestation_weeks: tuple[int, int] | None = None
    birth_date_estimated: bool = False
    child_names: tuple[str, ...] = ()
    sex: str | None = None
    clinic_number: int | None = None
    deeds: tuple[Deed, ...] = ()
    sample: str | None = None
    treatment: Treatment | None = None
