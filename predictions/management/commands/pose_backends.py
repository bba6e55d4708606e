"""`manage.py pose_backends`: which pose models are installed, which is active, where the others belong."""

from __future__ import annotations

import json
import sys
import textwrap
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ml_models.pose.backends import BackendStatus, Loading, State, list_backends

ACTIVE_UNUSABLE = 1
_WIDTH = 110


class Command(BaseCommand):
    """Lists the pose models. Needs no database."""

    help = (
        "List the pose models: ready, weights missing or in error; version, licence, where the weights go, and which "
        "one POSE_BACKEND has chosen. Exit code: 0 the active one can be used, 1 it cannot. See docs/pose_backends.md."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the form of the answer."""
        parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
        parser.add_argument("--load", action="store_true", help="load every model too, to see whether it runs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the list, and exit with the code that says whether the portal can work."""
        backends = list_backends(
            settings.POSE_BACKEND,
            weights_dir=Path(settings.POSE_WEIGHTS_DIR),
            loading=Loading.TRIED if options["load"] else Loading.NOT_TRIED,
        )
        if options["json"]:
            self.stdout.write(json.dumps({"backends": [backend.as_json() for backend in backends]}, indent=2))
        else:
            self._tell(backends)
        if any(backend.is_active and backend.state is not State.READY for backend in backends):
            sys.exit(ACTIVE_UNUSABLE)

    def _tell(self, backends: list[BackendStatus]) -> None:
        self.stdout.write(f"{'':2}{'backend':<16}{'state':<18}{'model':<48}{'landmarks':<11}runtime")
        for backend in backends:
            mark = "* " if backend.is_active else "  "
            landmarks = "" if backend.landmarks is None else f"{backend.landmarks} of 33"
            row = f"{backend.state.value:<18}{backend.model or '-':<48}{landmarks or '-':<11}{backend.runtime or '-'}"
            self.stdout.write(f"{mark}{backend.backend:<16}{row}")
            self._tell_more("licence", self._licence(backend))
            for file in backend.files:
                self._tell_more("file", file)
            self._tell_more("problem", backend.problem)
        self.stdout.write("")
        self.stdout.write("* active: POSE_BACKEND. Formats and installation: docs/pose_backends.md.")

    def _tell_more(self, name: str, text: str) -> None:
        if text:
            lines = textwrap.wrap(
                text, _WIDTH, initial_indent=f"    {name:<9}", subsequent_indent=" " * 13,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
            self.stdout.write("\n".join(lines))

    def _licence(self, backend: BackendStatus) -> str:
        warning = {False: " [no commercial use]", True: "", None: ""}[backend.commercial_use]
        return f"{backend.licence}{warning}" if backend.licence else ""
