"""The kinds of steps in the sum of one child's z-scores: each holds its numbers and writes its own formula.

A formula is plain text that a pocket calculator can follow: `×`, `/`, `^`, and `=` before each result; one line per
result. Which steps a child has is decided in `steps.py`; the sentences for people are written by the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from children.growth.age import (
    CORRECT_BELOW_MONTHS,
    DAYS_PER_MONTH,
    REFERENCE_LAST_MONTHS,
    STANDARD_ENDS_MONTHS,
    TERM_DAYS,
)
from children.growth.indices import CM_PER_M, MM_PER_CM
from children.growth.lms import TAIL_START_Z, TAIL_STEP_FROM_Z
from children.growth.steps.codes import NoAnswer, StepCode, TableName
from children.growth.steps.numbers import bracketed, number, z_text
from children.growth.types import Index, Position, Sex, Standard

# A share this near to 0 or 1 is a row of the table itself, but for the last bit of a division.
ON_ROW = 1e-9
# Beyond these a centile is given as "below" or "above".
CENTILE_ENDS = (0.1, 99.9)


@dataclass(frozen=True, slots=True)
class Lms:
    """The three parameters of one table row; `median` in the unit of the measurement."""

    power: float
    median: float
    variation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `index` is None where the step serves several indices."""

    code: StepCode
    index: Index | None = None

    @property
    def formula(self) -> str:
        """The arithmetic of this step; empty where there is none."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeStep(Step):
    """Age in months for limits, unrounded; age in whole days for table rows, rounded half up."""

    age_days: float
    months: float
    day: int

    @property
    def formula(self) -> str:
        months = f"{number(self.age_days)} / {number(DAYS_PER_MONTH)} = {number(self.months)}"
        return months if self.age_days == self.day else f"{months}\n{number(self.age_days)} → {self.day}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedAgeStep(Step):
    """Age counted from term, for a child born early; for CORRECTION_ENDED the age stays."""

    age_days: int
    gestation_days: int
    corrected_days: int
    months: float

    @property
    def formula(self) -> str:
        if self.code is StepCode.CORRECTION_ENDED:
            return f"{number(self.months)} ≥ {number(CORRECT_BELOW_MONTHS)}"
        return f"{self.age_days} − ({TERM_DAYS} − {self.gestation_days}) = {number(self.corrected_days)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardStep(Step):
    """Whether the standard serves the age: WHO 2006 below 60 months, WHO 2007 from 60 to 228."""

    standard: Standard
    months: float

    @property
    def formula(self) -> str:
        months, first, last = number(self.months), number(STANDARD_ENDS_MONTHS), number(REFERENCE_LAST_MONTHS)
        if self.months < STANDARD_ENDS_MONTHS:
            return f"{months} < {first}"
        if self.standard is Standard.WHO2006:
            return f"{months} ≥ {first}"
        return f"{first} ≤ {months} ≤ {last}" if self.months <= REFERENCE_LAST_MONTHS else f"{months} > {last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthHeightStep(Step):
    """Length or height as the table expects it; `day` None: age not known."""

    position: Position | None
    day: int | None
    measured_cm: float
    shift_cm: float
    converted_cm: float

    @property
    def formula(self) -> str:
        if self.shift_cm == 0:
            return ""
        sign = "+" if self.shift_cm > 0 else "−"
        return f"{number(self.measured_cm)} {sign} {number(abs(self.shift_cm))} = {number(self.converted_cm)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BmiStep(Step):
    """Weight over the square of the converted length or height in metres."""

    weight_kg: float
    length_height_cm: float
    bmi: float

    @property
    def formula(self) -> str:
        length = f"({number(self.length_height_cm)} / {number(CM_PER_M)})^2"
        return f"{number(self.weight_kg)} / {length} = {number(self.bmi)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmStep(Step):
    """Arm circumference in the unit of its table."""

    mm: float
    cm: float

    @property
    def formula(self) -> str:
        return f"{number(self.mm)} / {number(MM_PER_CM)} = {number(self.cm)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStep(Step):
    """L, M, S of the row at `at` (day, month, cm), or in the straight line from the row below it to the next.

    share: how far on that line, 0-1; below, above: the two rows, the same one where `at` is a row itself.
    """

    table: TableName
    sex: Sex
    at: float
    below_at: float
    above_at: float
    share: float
    below: Lms
    above: Lms
    lms: Lms

    @property
    def formula(self) -> str:
        names = (("L", "power"), ("M", "median"), ("S", "variation"))
        if self.code is StepCode.TABLE_ROW:
            return "\n".join(f"{name} = {number(getattr(self.lms, field))}" for name, field in names)
        step = number(self.above_at - self.below_at)
        lines = [f"({number(self.at)} − {number(self.below_at)}) / {step} = {number(self.share)}"]
        for name, field in names:
            low, high, mixed = (number(getattr(lms, field)) for lms in (self.below, self.above, self.lms))
            lines.append(f"{name} = {low} + {number(self.share)} × ({high} − {bracketed(low)}) = {mixed}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainZStep(Step):
    """z by the LMS formula, before tails and rounding; L = 1 leaves the powers out."""

    value: float
    lms: Lms
    z: float

    @property
    def formula(self) -> str:
        power, variation = number(self.lms.power), number(self.lms.variation)
        ratio = f"{number(self.value)} / {number(self.lms.median)}"
        if self.lms.power == 1.0:
            return f"({ratio} − 1) / {variation} = {number(self.z)}"
        return f"(({ratio})^{bracketed(power)} − 1) / ({power} × {variation}) = {number(self.z)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TailStep(Step):
    """z beyond +-3 in straight steps of the distance between SD2 and SD3; both in the unit of the measurement."""

    value: float
    lms: Lms
    sign: int
    sd2: float
    sd3: float
    z: float

    @property
    def formula(self) -> str:
        median, power, variation = (number(part) for part in (self.lms.median, self.lms.power, self.lms.variation))
        power = bracketed(power)
        lines = []
        for k, sd in ((TAIL_STEP_FROM_Z, self.sd2), (TAIL_START_Z, self.sd3)):
            at = bracketed(number(self.sign * k))
            curve = f"{median} × (1 + {power} × {variation} × {at})^(1 / {power})"
            lines.append(f"SD{number(self.sign * k)} = {curve} = {number(sd)}")
        start, y, sd2, sd3 = number(TAIL_START_Z), number(self.value), number(self.sd2), number(self.sd3)
        if self.sign > 0:
            lines.append(f"{start} + ({y} − {sd3}) / ({sd3} − {sd2}) = {number(self.z)}")
        else:
            lines.append(f"−{start} + ({y} − {sd3}) / ({sd2} − {sd3}) = {number(self.z)}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundedStep(Step):
    """The z-score that WHO reports: 2 decimals."""

    raw: float
    z: float

    @property
    def formula(self) -> str:
        return f"{number(self.raw)} → {z_text(self.z)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagStep(Step):
    """Whether the rounded z lies beyond WHO's limits of plausible values."""

    z: float
    low: float
    high: float
    flagged: bool

    @property
    def formula(self) -> str:
        if self.z < self.low:
            return f"{z_text(self.z)} < {number(self.low)}"
        if self.z > self.high:
            return f"{z_text(self.z)} > {number(self.high)}"
        return f"{number(self.low)} ≤ {z_text(self.z)} ≤ {number(self.high)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CentileStep(Step):
    """The share of the standard's children who are below, 0-100."""

    z: float
    centile: float

    @property
    def formula(self) -> str:
        low, high = CENTILE_ENDS
        if self.centile < low:
            return f"100 × Φ({z_text(self.z)}) < {number(low)}"
        if self.centile > high:
            return f"100 × Φ({z_text(self.z)}) > {number(high)}"
        return f"100 × Φ({z_text(self.z)}) = {self.centile:.1f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswerStep(Step):
    """There is no z-score, and why; `at`: the day, month or cm that has no row."""

    reason: NoAnswer
    at: float | None = None
