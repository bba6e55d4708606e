"""`manage.py generate_films`: the training material of synthetic children, rendered by workers on many machines."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ml_models.synthetic.chunks import Chunk
from ml_models.synthetic.generate import RENDERED_SHARE, Make, generate
from ml_models.synthetic.manifest import code_commit
from predictions.film_generation import hand_out


class Command(BaseCommand):
    """Like `python -m ml_models.synthetic.generate`, with the workers of queue `synthetic` for the rendered films."""

    help = (
        "Generate films of synthetic children to train with. Start workers where there are cores, in an environment "
        "with requirements-training.txt: celery -A cgm_portal worker --pool solo -Q synthetic -I predictions.film_tasks"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare how many, from which seed and where to."""
        parser.add_argument("--samples", type=int, required=True, help="films in all")
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--rendered", type=float, default=RENDERED_SHARE, help="share that is rendered, 0-1")

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate, and say where the manifest is."""
        run = f"{options['samples']}-{options['rendered']}-{options['seed']}-{code_commit()}"

        def spread(_make: Make, chunks: list[Chunk], keep: Callable[[Chunk, bytes], None]) -> None:
            hand_out(chunks, keep, run=run)

        try:
            manifest = generate(
                samples=options["samples"],
                rendered=options["rendered"],
                seed=options["seed"],
                out=options["out"],
                spread=spread,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(manifest))
