"""What the commands on files share: no database, refusals with code and exit status, a progress bar, a clean stop."""

from __future__ import annotations

import gc
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from children.growth.files import AgeUnit, FileRefused, FileReport, OnBytes
from children.growth.types import Standard

AUTO = "auto"
STANDARDS = {"who2006": Standard.WHO2006, "who2007": Standard.WHO2007}

# As shells report a process that Ctrl-C or `kill` ended: 128 + SIGINT, 128 + SIGTERM.
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class FileCommand(BaseCommand):
    """A command that reads a file and writes another; it needs neither database nor broker, so nothing is checked."""

    requires_system_checks: Sequence[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what both commands take."""
        parser.add_argument("source", metavar="IN.csv", type=Path, help="the file to read")
        parser.add_argument("target", metavar="OUT.csv", type=Path, help="the file to write; replaced if it is there")
        parser.add_argument(
            "--age-unit", type=AgeUnit, choices=list(AgeUnit), help="unit of an age that has none in the file"
        )
        parser.add_argument("--errors", metavar="FILE", type=Path, help="write every error here, as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and turn a refusal into a sentence with its code and exit status 1."""
        try:
            with no_search_for_cycles(), clean_end_by_sigterm():
                self.answer(options)
        except FileRefused as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}. [file_unreadable]") from error
        except KeyboardInterrupt:
            self.say("Stopped. Nothing was written.")
            sys.exit(EXIT_INTERRUPTED)

    def answer(self, options: Mapping[str, Any]) -> None:
        """Do the work of the command."""
        raise NotImplementedError

    def say(self, sentence: str) -> None:
        """Write a sentence to stderr, not in red. What a file smuggles into it cannot steer the terminal."""
        self.stderr.write("".join(letter if letter.isprintable() else "?" for letter in sentence), style_func=str)

    def tell(self, report: FileReport, errors_to: Path | None) -> None:
        """Say on stderr what became of the file, with the first few errors unless another file holds them all."""
        for note in report.notes:
            self.say(note)
        total = sum(report.error_counts.values())
        if not total:
            return
        by_code = ", ".join(f"{code} {count:,}" for code, count in sorted(report.error_counts.items()))
        self.say(f"{total:,} errors ({by_code}){f', see {errors_to}' if errors_to else ''}.")
        if errors_to is None:
            for error in report.first_errors:
                self.say(f"  line {error.line}: {error.message}")
            if total > len(report.first_errors):
                self.say("  ... (--errors FILE writes them all)")


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Pause Python's search for cyclic garbage: rows of cells hold none, and it would take a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def clean_end_by_sigterm() -> Iterator[None]:
    """End with EXIT_TERMINATED when told to, as by `timeout` or a job queue, so that half-written files are removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def progress_bar(source: Path) -> Iterator[OnBytes]:
    """Show on a terminal how much of a file was read; nothing is shown elsewhere."""
    size = source.stat().st_size if source.is_file() else None
    with tqdm(total=size, unit="B", unit_scale=True, desc=source.name, disable=None, leave=False) as bar:
        yield bar.update
