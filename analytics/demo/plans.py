"""The life of each demo child as plain data: who it is, when it comes, what is read. Nothing is stored here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from analytics.demo import growth
from analytics.demo.identity import generator
from analytics.demo.names import NamePool
from analytics.demo.people import CLINICS
from analytics.demo.scans import SampleSession
from analytics.demo.stories import STORIES
from analytics.demo.story import Story, Turn
from children.growth import Sex
from children.models import Consent
from children.registration import ChildDetails, GuardianDetails, Registration
from children.services import MeasuredValues

FIRST_VISIT_AGE_DAYS = 10
# Days between visits, by age at the later one.
INFANT_INTERVAL_DAYS, CHILD_INTERVAL_DAYS = (28, 42), (50, 90)
INFANT_BELOW_DAYS = 300
OPENS, CLINIC_HOURS = time(7, tzinfo=UTC), 6  # 10 to 16 o'clock in Nairobi

SCAN_CONSENT_SHARE, REVIEW_CONSENT_SHARE, RESEARCH_CONSENT_SHARE = 0.75, 0.2, 0.08
RELATIONS, RELATION_SHARES = ("mother", "father", "grandmother", "aunt"), (0.78, 0.1, 0.09, 0.03)


@dataclass(frozen=True)
class PlannedVisit:
    """One visit: the day, the hour (None: now, for a visit of today) and what is read."""

    measured_on: date
    measured_at: datetime | None
    values: MeasuredValues


@dataclass(frozen=True)
class ChildPlan:
    """One child of the demo from registration to today."""

    number: int
    story: Story
    clinic_name: str
    registration: Registration
    visits: tuple[PlannedVisit, ...]


def plan_children(*, seed: int, today: date, samples: dict[str, SampleSession]) -> list[ChildPlan]:
    """Return all children of the demo; the same for the same seed and day."""
    plans: list[ChildPlan] = []
    names: set[str] = set()
    for story in STORIES:
        for sibling in range(story.children):
            number = len(plans) + 1
            rng = generator(seed, number)
            told = _told_by_sample(story, samples, rng=rng, sibling=sibling)
            plan = _plan_child(number, told, rng=rng, today=today, sibling=sibling, names_taken=names)
            names.add(plan.registration.child.name)
            plans.append(plan)
    return plans


def _told_by_sample(
    story: Story, samples: dict[str, SampleSession], *, rng: np.random.Generator, sibling: int
) -> Story:
    """Return the story with sex and age fixed: of a sample, those of the film, today."""
    seen_days = int(rng.integers(story.last_seen_days[0], story.last_seen_days[1] + 1))
    if story.sample is not None:
        sample = samples[story.sample]
        age = sample.age_days - seen_days
        return replace(story, sex=sample.sex, age_days=(age, age), last_seen_days=(seen_days, seen_days))
    age = int(rng.integers(story.age_days[0], story.age_days[1] + 1))
    if story.child_names:
        age = story.age_days[sibling]
    sex = story.sex or str(rng.choice(["F", "M"]))
    return replace(story, sex=sex, age_days=(age, age), last_seen_days=(seen_days, seen_days))


def _plan_child(
    number: int, story: Story, *, rng: np.random.Generator, today: date, sibling: int, names_taken: set[str]
) -> ChildPlan:
    shares = [clinic.share_of_children for clinic in CLINICS]
    drawn_clinic = int(rng.choice(len(CLINICS), p=shares))
    clinic = CLINICS[drawn_clinic if story.clinic_number is None else story.clinic_number]
    sex = Sex(story.sex or "F")
    last_seen_on = today - timedelta(days=story.last_seen_days[0])
    born_on = last_seen_on - timedelta(days=story.age_days[0])
    if story.birth_date_estimated:
        born_on = born_on.replace(day=15)  # the month is known: its middle stands for it
    weeks = days = None
    if story.gestation_weeks is not None:
        weeks, days = int(rng.integers(story.gestation_weeks[0], story.gestation_weeks[1] + 1)), int(rng.integers(7))
    name = _child_name(clinic.names, sex=sex, rng=rng, names_taken=names_taken)
    if story.child_names:
        name = story.child_names[sibling]
    details = ChildDetails(
        name=name,
        sex=sex.value,
        born_on=born_on,
        birth_date_estimated=story.birth_date_estimated,
        gestation_weeks=weeks,
        gestation_days=days,
    )
    gestation_days = None if weeks is None or days is None else weeks * 7 + days
    return ChildPlan(
        number=number,
        story=story,
        clinic_name=clinic.name,
        registration=Registration(
            child=details,
            guardian=_guardian(clinic.names, child_name=name, number=number, rng=rng),
            purposes=_purposes(story, rng),
        ),
        visits=_visits(story, sex, born_on, last_seen_on, gestation_days, rng=rng, today=today),
    )


def _visits(
    story: Story,
    sex: Sex,
    born_on: date,
    last_seen_on: date,
    gestation_days: int | None,
    *,
    rng: np.random.Generator,
    today: date,
) -> tuple[PlannedVisit, ...]:
    ages = _visit_ages(story, last_age_days=(last_seen_on - born_on).days, rng=rng)
    levels = growth.Levels(haz=story.haz, whz=story.whz, arm=story.arm, head=story.head)
    body = growth.grow(sex=sex, age_days=ages, gestation_days=gestation_days, levels=levels, rng=rng)
    turns = (Turn(),) * (len(ages) - len(story.turns)) + story.turns[-len(ages) :]
    visits: list[PlannedVisit] = []
    for k, (age, turn) in enumerate(zip(ages, turns, strict=True)):
        weight_before = visits[-1].values.weight_kg if visits else None
        day = born_on + timedelta(days=int(age))
        hour = datetime.combine(day, OPENS) + timedelta(minutes=int(rng.integers(CLINIC_HOURS * 60)))
        visits.append(
            PlannedVisit(
                measured_on=day,
                measured_at=hour if day < today else None,
                values=_read(body, k, turn, sex=sex, age_days=int(age), weight_before=weight_before, rng=rng),
            )
        )
    return tuple(visits)


def _visit_ages(
    story: Story, *, last_age_days: int, rng: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the ages at the visits, ascending; no visit before FIRST_VISIT_AGE_DAYS."""
    # The smaller of two draws: most children are seen a few times, few of them often.
    count = int(rng.integers(story.visits[0], story.visits[1] + 1, size=2).min())
    ages = [last_age_days]
    while len(ages) < count:
        by_age = INFANT_INTERVAL_DAYS if ages[-1] < INFANT_BELOW_DAYS else CHILD_INTERVAL_DAYS
        treated = story.treatment is None or len(ages) < story.treatment.visits
        low, high = story.interval_days if story.interval_days is not None and treated else by_age
        earlier = ages[-1] - int(rng.integers(low, high + 1))
        if earlier < FIRST_VISIT_AGE_DAYS:
            break
        ages.append(earlier)
    return np.array(ages[::-1], dtype=np.int64)


def _read(
    body: growth.Body,
    k: int,
    turn: Turn,
    *,
    sex: Sex,
    age_days: int,
    weight_before: Decimal | None,
    rng: np.random.Generator,
) -> MeasuredValues:
    """Return what is read at visit `k`: the body with the error of reading, or what the story fixes."""
    length = turn.length_height_cm or growth.read_length_cm(float(body.length_height_cm[k]), rng)
    weight = growth.read_weight_kg(float(body.weight_kg[k]), rng)
    muac = growth.read_muac_mm(float(body.muac_mm[k]), rng)
    head = growth.read_head_cm(float(body.head_circumference_cm[k]), rng)
    if turn.whz is not None:
        weight = growth.rounded_weight_kg(
            growth.weight_at_whz(turn.whz, sex=sex, length_height_cm=float(length), age_days=age_days)
        )
    elif turn.weight_share is not None and weight_before is not None:
        weight = growth.rounded_weight_kg(turn.weight_share * float(weight_before))
    return MeasuredValues(
        weight_kg=turn.weight_kg or weight,
        length_height_cm=length,
        position=growth.position_at(age_days).value,
        muac_mm=None if turn.without_muac else turn.muac_mm or muac,
        head_circumference_cm=turn.head_circumference_cm or head,
        oedema=turn.oedema,
    )


def _child_name(pool: NamePool, *, sex: Sex, rng: np.random.Generator, names_taken: set[str]) -> str:
    given = pool.girls if sex is Sex.FEMALE else pool.boys
    while True:
        name = f"{rng.choice(given)} {rng.choice(pool.families)}"
        if name not in names_taken:
            return name


def _guardian(pool: NamePool, *, child_name: str, number: int, rng: np.random.Generator) -> GuardianDetails:
    relation = str(rng.choice(RELATIONS, p=RELATION_SHARES))
    given = pool.boys if relation == "father" else pool.girls
    family = child_name.split()[-1]
    return GuardianDetails(name=f"{rng.choice(given)} {family}", relation=relation, phone=f"+254700000{number:03d}")


def _purposes(story: Story, rng: np.random.Generator) -> tuple[str, ...]:
    scan, review, research = rng.random(3) < (SCAN_CONSENT_SHARE, REVIEW_CONSENT_SHARE, RESEARCH_CONSENT_SHARE)
    scan = scan or story.sample is not None or bool(story.deeds)
    agreed = {
        Consent.Purpose.CARE: True,
        Consent.Purpose.SCAN: scan,
        Consent.Purpose.IMAGE_REVIEW: scan and review,
        Consent.Purpose.RESEARCH_TRAINING: scan and research,
    }
    return tuple(purpose for purpose, given in agreed.items() if given)
