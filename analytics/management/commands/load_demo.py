"""`manage.py load_demo`: the demo programme, for an empty database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.demo.identity import DEFAULT_SEED
from analytics.demo.loader import is_empty, is_loaded, load_demo, sign_ins_path
from cgm_portal.errors import DomainError


class Command(BaseCommand):
    """Loads three clinics, eight people and some seventy invented children with their histories."""

    help = (
        "Load the demo programme into an empty database: 3 clinics, 8 users, 67 invented children, 2 sample scans. "
        "A second run changes nothing; a database with other records is refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --if-empty and --seed."""
        parser.add_argument("--if-empty", action="store_true", help="say and do nothing when anything is there")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="the same seed gives the same children")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or say why not."""
        seed: int = options["seed"]
        if options["if_empty"] and not is_empty():
            return
        if is_loaded(seed):
            self.stdout.write(f"The demo programme is loaded already. Sign-ins: {sign_ins_path()}")
            return
        try:
            demo = load_demo(seed=seed)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Loaded the demo programme with {demo.children} children.\n\n{demo.sign_ins}")
