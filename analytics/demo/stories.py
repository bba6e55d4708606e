"""Who there is in the demo: sixty children in stories that a clinic knows.

A story says how its children grow (z-scores of their own, drawn once) and, by its turns, what was read at the last
visits. Values of a turn are recorded as they stand, so that the error of measuring can't undo the story.
"""

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
class Story:
    """Some children with one fate. Pairs are (mean, SD) for z-scores, else (lowest, highest).

    `haz`, `whz` and `head` are levels of the child's own; `arm` is what ACZ has beyond its share of WHZ.
    `age_days` is at the last visit, `last_seen_days` how long ago that was. `turns` are the last visits, the last one
    last. `sample` names a film of `data/`, taken today.
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


STORIES: tuple[Story, ...] = (
    Story(name="grows as expected", children=17, visits=(2, 8), haz=(-0.5, 0.6), whz=(0.1, 0.5)),
    Story(name="stunted", children=7, age_days=(380, 1700), haz=(-2.6, 0.15)),
    Story(name="severely stunted", children=2, age_days=(500, 1300), haz=(-3.6, 0.1)),
    Story(
        name="SAM by WHZ",
        children=2,
        age_days=(270, 900),
        last_seen_days=(3, 6),
        whz=(-1.3, 0.2),
        turns=(Turn(whz=-2.4, muac_mm=Decimal(126)), Turn(whz=-3.5, muac_mm=Decimal(119))),
        deeds=(Deed.ACKNOWLEDGE, Deed.REFER),
    ),
    Story(
        name="SAM by MUAC",
        children=2,
        age_days=(200, 500),
        last_seen_days=(2, 5),
        whz=(-1.2, 0.2),
        turns=(Turn(whz=-1.4, muac_mm=Decimal(121)), Turn(whz=-1.8, muac_mm=Decimal(110))),
        deeds=(Deed.ACKNOWLEDGE,),
    ),
    Story(
        name="SAM by WHZ and MUAC",
        age_days=(300, 700),
        last_seen_days=(0, 0),
        whz=(-1.5, 0.2),
        turns=(Turn(whz=-2.7, muac_mm=Decimal(121)), Turn(whz=-3.8, muac_mm=Decimal(107))),
    ),
    Story(
        name="oedema",
        age_days=(500, 1000),
        last_seen_days=(1, 2),
        turns=(Turn(whz=-0.8, muac_mm=Decimal(124), oedema=True),),
        deeds=(Deed.REFER,),
    ),
    Story(
        name="MAM by WHZ",
        children=3,
        age_days=(250, 1600),
        whz=(-1.6, 0.1),
        turns=(Turn(whz=-2.4, muac_mm=Decimal(131)),),
    ),
    Story(
        name="MAM by MUAC",
        children=2,
        age_days=(200, 600),
        whz=(-1.0, 0.2),
        turns=(Turn(whz=-1.3, muac_mm=Decimal(120)),),
    ),
    Story(
        name="MAM, not seen since",
        age_days=(300, 900),
        last_seen_days=(70, 110),
        whz=(-1.6, 0.1),
        turns=(Turn(whz=-2.5, muac_mm=Decimal(122)),),
    ),
    Story(
        name="recovered from SAM",
        children=2,
        age_days=(400, 1000),
        visits=(7, 8),
        interval_days=(13, 16),
        whz=(-1.8, 0.1),
        turns=(
            Turn(whz=-3.4, muac_mm=Decimal(112)),
            Turn(whz=-2.8, muac_mm=Decimal(117)),
            Turn(whz=-2.2, muac_mm=Decimal(123)),
            Turn(whz=-1.6, muac_mm=Decimal(128)),
            Turn(whz=-1.2, muac_mm=Decimal(132)),
        ),
    ),
    Story(
        name="weight loss",
        children=2,
        age_days=(400, 1500),
        whz=(0.6, 0.2),
        turns=(Turn(weight_share=0.93, muac_mm=Decimal(139)),),
    ),
    Story(
        name="faltering",
        children=2,
        age_days=(255, 290),
        visits=(2, 3),
        interval_days=(95, 108),
        haz=(-0.4, 0.2),
        whz=(0.6, 0.2),
        turns=(Turn(weight_share=0.99, muac_mm=Decimal(133)),),
    ),
    Story(
        name="infant at risk",
        age_days=(95, 150),
        last_seen_days=(1, 5),
        visits=(2, 3),
        whz=(-1.5, 0.1),
        turns=(Turn(whz=-2.5),),
    ),
    Story(name="preterm", children=2, age_days=(120, 330), gestation_weeks=(29, 35)),
    Story(name="preterm, past two years", age_days=(800, 1100), gestation_weeks=(30, 34)),
    Story(name="birth date estimated", age_days=(500, 1500), birth_date_estimated=True),
    Story(
        name="registered twice",
        children=2,
        age_days=(612, 621),
        last_seen_days=(4, 4),
        visits=(2, 3),
        child_names=("Amina Wanjiru Kamau", "Aminah Kamau Wanjiru"),
        sex="F",
        clinic_number=0,
    ),
    Story(name="over five years", age_days=(1960, 2020), visits=(4, 5)),
    Story(name="scan consent withdrawn", age_days=(400, 1200), last_seen_days=(5, 20), deeds=(Deed.WITHDRAW_SCAN,)),
    Story(name="corrected measurement", age_days=(400, 1200), last_seen_days=(3, 20), deeds=(Deed.CORRECT,)),
    Story(name="void measurement", age_days=(400, 1200), last_seen_days=(3, 20), deeds=(Deed.VOID,)),
    Story(
        name="alert closed by a person",
        age_days=(250, 500),
        last_seen_days=(10, 25),
        whz=(-0.9, 0.1),
        turns=(Turn(whz=-1.1, muac_mm=Decimal(123)),),
        deeds=(Deed.ACKNOWLEDGE, Deed.CLOSE),
    ),
    Story(name="overweight", age_days=(800, 1600), whz=(2.2, 0.05), turns=(Turn(whz=2.6, muac_mm=Decimal(178)),)),
    Story(name="MUAC not taken", age_days=(300, 1500), last_seen_days=(0, 1), turns=(Turn(without_muac=True),)),
    Story(
        name="scan alone today",
        visits=(5, 6),
        last_seen_days=(45, 60),
        haz=(-0.9, 0.05),
        whz=(-0.3, 0.1),
        sample="A012",
    ),
    Story(
        name="scan and measured by hand today",
        visits=(6, 7),
        last_seen_days=(0, 0),
        haz=(-0.8, 0.05),
        whz=(-1.0, 0.1),
        arm=(-0.9, 0.1),
        head=(-0.7, 0.05),
        turns=(
            # Within a millimetre or two of the rendered body: by hand on the day of the film.
            Turn(
                length_height_cm=Decimal("84.5"),
                weight_kg=Decimal("10.50"),
                muac_mm=Decimal(133),
                head_circumference_cm=Decimal("47.3"),
            ),
        ),
        sample="A002",
    ),
)
