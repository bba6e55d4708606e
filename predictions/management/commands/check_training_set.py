"""`manage.py check_training_set NAME`: which rows of a drawn set must no longer be used."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from predictions.erasure import rows_that_must_go
from predictions.models import TrainingSet

ROWS_MUST_GO = 1


class Command(BaseCommand):
    """Lists the members of a set whose consent was withdrawn or whose scan was erased since it was drawn."""

    help = (
        "List the session pseudonyms of a training set that must no longer be used: consent withdrawn or scan erased. "
        "Exit code 0: none, 1: some. Delete those rows, or better the files, and draw a new set."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the set."""
        parser.add_argument("name", help="name of the set")

    def handle(self, *args: Any, **options: Any) -> None:
        """List them."""
        drawn = TrainingSet.objects.filter(name=options["name"]).first()
        if drawn is None:
            raise CommandError(f"There is no training set {options['name']!r}. [unknown_training_set]")
        gone = rows_that_must_go(drawn)
        self.stderr.write(f"{len(gone)} of {drawn.rows} scans of {drawn.name} must no longer be used.")
        for session_pseudonym in gone:
            self.stdout.write(session_pseudonym)
        if gone:
            sys.exit(ROWS_MUST_GO)
