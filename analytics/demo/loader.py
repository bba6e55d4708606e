"""Loads the demo into an empty database: the order of work, and when it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pghistory
from django.db import transaction
from django.utils import timezone

from accounts.models import Programme, User
from analytics.demo.histories import History
from analytics.demo.identity import demo_uuid
from analytics.demo.past import Past
from analytics.demo.people import create_staff, new_password, sign_in_lines, sign_ins
from analytics.demo.plans import plan_children
from analytics.demo.scans import read_samples, submit_sample
from cgm_portal.env import local_dir
from cgm_portal.errors import DomainError

SIGN_INS_FILE = "demo_sign_ins.txt"


@dataclass(frozen=True)
class LoadedDemo:
    """What a load made."""

    children: int
    sign_ins: str


def is_loaded(seed: int) -> bool:
    """Return True when the demo of this seed is in the database."""
    return Programme.objects.filter(pk=demo_uuid(seed, "programme")).exists()


def is_empty() -> bool:
    """Return True when nobody works with this database yet: no user and no programme, so no child either."""
    return not User.objects.exists() and not Programme.objects.exists()


def sign_ins_path() -> Path:
    """Return the file with the demo's sign-ins, readable by its owner alone."""
    return local_dir() / SIGN_INS_FILE


def load_demo(*, seed: int) -> LoadedDemo:
    """Load everything or nothing; the sample scans are announced to the gpu worker after the commit.

    Raises DomainError("database_not_empty").
    """
    samples = read_samples()
    password = new_password()
    text = sign_in_lines(sign_ins(), password=password)
    with transaction.atomic(), pghistory.context(command="load_demo"):
        if not is_empty():
            raise DomainError(
                "database_not_empty",
                "This database holds other records, so the demo is not loaded into it. Name an empty database in "
                "DATABASE_URL, or leave the demo out with DEMO=no.",
            )
        staff = create_staff(seed=seed, password=password)
        past = Past()
        plans = plan_children(seed=seed, today=timezone.localdate(), samples=samples)
        children = {plan.number: History(plan, staff=staff, past=past, seed=seed).live() for plan in plans}
        past.rewrite()
        for plan in plans:
            if plan.story.sample is not None:
                submit_sample(
                    plan.story.sample,
                    samples[plan.story.sample],
                    child=children[plan.number],
                    started_by=staff.health_workers[plan.clinic_name],
                    seed=seed,
                )
        # Before the commit: records without their sign-ins would be of no use to anybody.
        _write_private(sign_ins_path(), text)
    return LoadedDemo(children=len(children), sign_ins=text)


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
