"""`manage.py recompute_assessments`: bring stored assessments up to the present engine; old values stay readable.

Sends batches of children to the `default` workers and shows how far they are. Ctrl-C stops the watching, not the
workers; the command may be given again at any time and goes on with what is left.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from children.growth import ENGINE_VERSION
from children.recompute import batches, changes_since, children_to_recompute
from children.tasks import recompute_children_task

POLL_SECONDS = 1.0
STALLED_SECONDS = 120.0  # without a single child done: nobody works on the queue


class Command(BaseCommand):
    """Assess measurements of an older engine version anew."""

    help = "Bring stored assessments up to the present engine; old values stay readable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--here", action="store_true", help="do the work in this process, without workers")
        parser.add_argument("--dry-run", action="store_true", help="say how many children wait, and change nothing")

    def handle(self, *args: Any, here: bool, dry_run: bool, **options: Any) -> None:
        started_at = timezone.now()
        waiting = children_to_recompute().count()
        if not waiting:
            self.stdout.write(f"Every assessment in force is of engine {ENGINE_VERSION}.")
            return
        if dry_run:
            self.stdout.write(f"Children with an assessment of another engine than {ENGINE_VERSION}: {waiting}.")
            return
        with tqdm(total=waiting, unit=" children", disable=None, leave=False) as bar:
            for child_ids in batches():
                if here:
                    recompute_children_task(list(child_ids))
                    bar.update(len(child_ids))
                else:
                    recompute_children_task.delay(list(child_ids))
            if not here:
                self._watch(bar, waiting)
        left = children_to_recompute().count()
        if left:
            self.stderr.write(f"{left} children keep an older assessment: the log above says which value is refused.")
        changes = changes_since(started_at)
        self.stdout.write(
            f"Engine {ENGINE_VERSION}: {changes.assessed} measurements assessed anew; "
            f"{changes.zscores} have another z-score, {changes.answers} another answer. The old rows stay readable."
        )

    def _watch(self, bar: tqdm[Any], waiting: int) -> None:
        """Show progress until nothing waits. Raises CommandError when nobody works on it."""
        left, last_change = waiting, time.monotonic()
        while left:
            now_left = children_to_recompute().count()
            if now_left != left:
                bar.update(left - now_left)
                left, last_change = now_left, time.monotonic()
            elif time.monotonic() - last_change > STALLED_SECONDS:
                raise CommandError(
                    f"{left} children wait and none was done for {STALLED_SECONDS:.0f} s. Is a `default` worker "
                    "running? Start one and give the command again, or add --here. A child whose stored value the "
                    "engine refuses is named in the worker's log."
                )
            else:
                time.sleep(POLL_SECONDS)
