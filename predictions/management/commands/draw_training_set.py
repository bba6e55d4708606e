"""`manage.py draw_training_set`: pairs of scan and manual measurement as files to teach a model with."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Programme, User
from cgm_portal.errors import DomainError
from predictions.models import TrainingSet
from predictions.training_sets import draw_training_set


class Command(BaseCommand):
    """Draws a training set of children whose research consent is live."""

    help = (
        "Write sessions.csv and manifest.json of every scan that has a manual length or height within 24 hours and a "
        "live research consent: pseudonyms, sex, age in days, no name and no date. See docs/research_data.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the set is called, why it is drawn and who answers for it."""
        parser.add_argument("--name", required=True, help="name of the set; each is drawn once")
        parser.add_argument("--out", required=True, metavar="DIR", type=Path, help="new folder for the files")
        parser.add_argument("--ethics-reference", required=True, metavar="REFERENCE", help="of the ethics approval")
        parser.add_argument("--created-by", required=True, metavar="USERNAME", help="who answers for the set")
        parser.add_argument("--purpose", choices=TrainingSet.Purpose.values, default=TrainingSet.Purpose.TEACHING.value)
        parser.add_argument("--programme", metavar="NAME", help="only children of this programme")

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw, and say what is in the set and what was left out."""
        try:
            drawn = draw_training_set(
                name=options["name"],
                purpose=options["purpose"],
                ethics_reference=options["ethics_reference"],
                directory=options["out"],
                created_by=_user(options["created_by"]),
                programme=_programme(options["programme"]),
            )
        except DomainError as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        left_out = ", ".join(f"{reason} {count}" for reason, count in drawn.manifest["left_out"].items()) or "none"
        self.stdout.write(
            f"{drawn.rows} scans of {drawn.children} children written to {options['out']}.\n"
            f"Scans left out: {left_out}.\n"
            f"Manifest SHA-256: {drawn.manifest_sha256}"
        )


def _user(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {username!r}. [unknown_user]")
    return user


def _programme(name: str | None) -> Programme | None:
    if name is None:
        return None
    programme = Programme.objects.filter(name=name).first()
    if programme is None:
        raise CommandError(f"There is no programme {name!r}. [unknown_programme]")
    return programme
