"""`manage.py refresh_aggregates`: bring the counts of the programme pages up to date."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from analytics.aggregates.refresh import recount_everything, refresh_touched


class Command(BaseCommand):
    """What beat does every minute; with --all, every count from nothing."""

    help = "Count anew the clinics and months whose visits changed; --all counts everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the one option."""
        parser.add_argument(
            "--all", action="store_true", help="count every clinic and month, not only the touched ones"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh, and say how much."""
        if options["all"]:
            months = recount_everything()
        else:
            months = 0
            while touched := refresh_touched():
                months += touched
        self.stdout.write(f"Counted {months} months of clinics anew.")
