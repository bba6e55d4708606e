"""Sessions and outcomes of evaluations, made up for tests."""

from __future__ import annotations

from ml_models.evaluation.sessions import Outcome
from ml_models.evaluation.sessions_file import SessionRow, Truth
from ml_models.quality import ReasonCode
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, Subject

#: A boy of two years and his WHO median height in cm and weight in kg.
AGE_DAYS, HEIGHT_CM, WEIGHT_KG = 731, 87.1, 12.2


def make_row(number: int, *, height_cm: float = HEIGHT_CM, age_days: int = AGE_DAYS, **truth: object) -> SessionRow:
    """Return a standing boy's session with its true height."""
    return SessionRow(
        session_id=f"S{number:03d}",
        line=number + 2,
        subject=Subject(sex="M", age_days=age_days),
        films=(),
        is_lying=False,
        truth=Truth(values={"height_cm": height_cm}, **truth),
    )


def make_outcome(
    number: int, *, height_cm: float, sd_cm: float = 1.0, cue: ScaleCue = ScaleCue.MARKER, confidence: float = 0.8
) -> Outcome:
    """Return an estimate of one height whose intervals reach 0.5, 1 and 2 SD either way, and nothing else."""
    reach = {50: 0.5, 80: 1.0, 90: 2.0}
    height = QuantityEstimate(
        mean=height_cm,
        sd=sd_cm,
        intervals={percent: (height_cm - sd_cm * sds, height_cm + sd_cm * sds) for percent, sds in reach.items()},
    )
    estimate = AnthropometryEstimate(height, None, None, None, cue, confidence, "made-up-1")
    return Outcome(session_id=f"S{number:03d}", estimate=estimate, is_lying=False)


def make_refusal(number: int, reason: ReasonCode) -> Outcome:
    """Return a session that was refused."""
    return Outcome(session_id=f"S{number:03d}", reason=reason)
