"""Who there is in the demo: children in stories that a clinic knows.

A story says how its children grow (z-scores of their own, drawn once) and, by its turns, what was read at the last
visits. Values of a turn are recorded as they stand, so that the error of measuring can't undo the story.
"""

from __future__ import annotations

from decimal import Decimal

from analytics.demo.story import Deed, Story, Turn
from analytics.demo.treatment_stories import TREATMENT_STORIES

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
        deeds=(Deed.REFER, Deed.ARRIVE),
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
    *TREATMENT_STORIES,
)
