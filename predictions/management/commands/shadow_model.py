"""`manage.py shadow_model NAME-VERSION`: let an installed model answer beside the active one, seen by nobody else."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cgm_portal.errors import DomainError
from predictions.registry import folder_of, register
from predictions.shadow import begin_shadow, end_shadow, shadow_version


class Command(BaseCommand):
    """Begins or ends the trial of a candidate."""

    help = (
        "Let an installed model answer every scan beside the active one, from the next scan on. Its answers are stored "
        "and compared on the pages about models; no clinic sees them. --end stops it; without arguments: which one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare which model, or that the trial ends."""
        parser.add_argument("model", metavar="NAME-VERSION", nargs="?", help="folder below ml_models/weights")
        parser.add_argument("--end", action="store_true", help="let no model answer in the shadow any more")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin, end or tell."""
        label = options["model"]
        if options["end"] and label:
            raise CommandError("Name a model or say --end, not both. [model_and_end]")
        if options["end"]:
            ended = end_shadow()
            self.stdout.write(f"{ended} answers in the shadow no more." if ended else "No model was in the shadow.")
            return
        try:
            version = begin_shadow(register(folder_of(label))) if label else shadow_version()
        except DomainError as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        self.stdout.write(f"{version} answers in the shadow." if version else "No model is in the shadow.")
