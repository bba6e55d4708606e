"""Whom a rendered session shows and how it is filmed: drawn before anything is rendered.

Children are taken from `children.draw_children`: half of the sessions as a plain population, half evenly over
height-for-age, so that stunted and tall bands have numbers. Every session is drawn from (seed, number) alone, so that
sessions may be made in any order on any process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_models.reasons import ReasonCode
from ml_models.synthetic.children import HEIGHT, ChildDraw, draw_children, load_lms, zscores
from ml_models.synthetic.films import HEIGHT_PX
from ml_models.synthetic.looks import SKIN_TONES
from ml_models.types import ScanType

FloatArray = NDArray[np.float64]

FPS, SECONDS = 15, 2.0
#: Lying below 24 months, standing from then on; days.
FIRST_DAY, STANDING_DAY, LAST_DAY = 14, 731, 1826
SIDE_VIEW_SHARE = 0.45
#: Height-for-age of a plain population (mean, SD) and the even half's range.
PLAIN_HAZ, EVEN_HAZ = (-0.7, 1.1), (-4.0, 3.0)
#: How many drawn children there are to choose one from.
POOL = 40
#: Sessions of twenty: with the marker up to NEAR_CM behind the body plane, with one FAR_CM off, without.
NEAR_MARKERS, FAR_MARKERS, CYCLE = 15, 3, 20
NEAR_CM, FAR_CM, IN_FRONT_SHARE = (0.0, 3.0), (10.0, 15.0), 0.25
MARKER_IDS, MARKER_CM = 50, (16.0, 16.0, 16.0, 16.0, 12.0, 20.0)
FOCAL_PER_HEIGHT, FILL = (0.78, 1.08), (0.42, 0.78)
CAMERA_HEIGHT_CM, AIM_SD_DEG, PAN_SD_DEG, ROLL_SD_DEG, LYING_TILT_SD_DEG = (45.0, 130.0), 2.0, 1.5, 1.0, 2.0
#: What operator and phone tell wrongly: SDs.
FOCAL_ERROR, DISTANCE_ERROR, HEIGHT_ERROR_CM, TILT_ERROR_DEG, ROLL_ERROR_DEG = 0.01, 0.03, 3.0, 1.0, 0.7
#: Share of lying sessions with a carer's hand at the edge of the picture.
CARER_SHARE = 0.2


@dataclass(frozen=True)
class SessionPlan:
    """One session before rendering. `expected_reason`: None where it must give an estimate. Lengths in cm, `fill` of
    the film's height, angles in degrees; `mismatch_cm`: marker plane minus body plane, None without a marker."""

    session_id: str
    seed: tuple[int, ...]
    child: ChildDraw
    skin_tone: int
    scan_types: tuple[ScanType, ...]
    marker_id: int | None
    marker_cm: float
    mismatch_cm: float | None
    focal_px: float
    fill: float
    camera_height_cm: float
    aim_deg: float
    pan_deg: float
    roll_deg: float
    seconds: float = SECONDS
    carer: bool = False
    expected_reason: ReasonCode | None = None
    #: What is filmed instead of the child, for sessions that must be refused.
    subject: str = "child"

    @property
    def is_lying(self) -> bool:
        """Whether the child lies."""
        return self.scan_types[0].is_lying

    @property
    def frames(self) -> int:
        """Pictures of each film."""
        return round(self.seconds * FPS)


def draw_plans(count: int, seed: int) -> list[SessionPlan]:
    """Draw `count` sessions that must give an estimate; skin tones and markers are balanced, not only on average."""
    rng = np.random.default_rng([seed, count])
    children = draw_evenly(count, rng)
    tones = rng.permutation(np.arange(count) % len(SKIN_TONES))
    kinds = rng.permutation(np.arange(count) % CYCLE)
    return [
        _draw_plan(f"R{number:04d}", (seed, number), children, number, int(tones[number]), int(kinds[number]))
        for number in range(count)
    ]


def draw_evenly(count: int, rng: np.random.Generator) -> ChildDraw:
    """Draw children of whom each has its height-for-age from a plain or from an even distribution."""
    pool = draw_children(POOL * count + 400, rng)
    haz = zscores(pool.targets, pool.is_girl, pool.age_days, load_lms())[:, HEIGHT]
    plain = rng.permutation(np.arange(count) % 2 == 0)
    wanted = np.where(plain, rng.normal(*PLAIN_HAZ, count), rng.uniform(*EVEN_HAZ, count))
    ages = rng.integers(FIRST_DAY, LAST_DAY + 1, count)
    free = np.ones(len(haz), dtype=bool)
    rows = np.empty(count, dtype=np.intp)
    for number in range(count):
        # A tenth of a z-score off counts like two months off: the age stays on its side of 24 months.
        off = np.abs(haz - wanted[number]) / 0.1 + np.abs(pool.age_days - ages[number]) / 60
        off[~free | ((pool.age_days < STANDING_DAY) != (ages[number] < STANDING_DAY))] = np.inf
        off[pool.age_days < FIRST_DAY] = np.inf
        rows[number] = int(np.argmin(off))
        free[rows[number]] = False
    return ChildDraw(pool.is_girl[rows], pool.age_days[rows], pool.targets[rows])


def _draw_plan(
    session_id: str, seed: tuple[int, int], children: ChildDraw, row: int, tone: int, kind: int
) -> SessionPlan:
    rng = np.random.default_rng([*seed, 1])
    one = slice(row, row + 1)
    child = ChildDraw(children.is_girl[one], children.age_days[one], children.targets[one])
    lying = bool(child.age_days[0] < STANDING_DAY)
    types: tuple[ScanType, ...] = (ScanType.LYING_ABOVE,) if lying else (ScanType.STANDING_FRONT,)
    if not lying and rng.random() < SIDE_VIEW_SHARE:
        types += (ScanType.STANDING_SIDE,)
    return SessionPlan(
        session_id=session_id,
        seed=seed,
        child=child,
        skin_tone=tone,
        scan_types=types,
        marker_id=int(rng.integers(MARKER_IDS)) if kind < NEAR_MARKERS + FAR_MARKERS else None,
        marker_cm=float(rng.choice(MARKER_CM)),
        mismatch_cm=_draw_mismatch(kind, lying, rng),
        focal_px=float(HEIGHT_PX * rng.uniform(*FOCAL_PER_HEIGHT)),
        fill=float(rng.uniform(*FILL)),
        camera_height_cm=float(rng.uniform(*CAMERA_HEIGHT_CM)),
        aim_deg=float(rng.normal(0, LYING_TILT_SD_DEG if lying else AIM_SD_DEG)),
        pan_deg=float(rng.normal(0, PAN_SD_DEG)),
        roll_deg=float(rng.normal(0, ROLL_SD_DEG)),
        carer=bool(lying and rng.random() < CARER_SHARE),
    )


def _draw_mismatch(kind: int, lying: bool, rng: np.random.Generator) -> float | None:
    near, far, front = rng.uniform(*NEAR_CM), rng.uniform(*FAR_CM), rng.random() < IN_FRONT_SHARE
    if kind >= NEAR_MARKERS + FAR_MARKERS:
        return None
    if kind < NEAR_MARKERS:
        return float(near)
    return float(-far if front else far)
