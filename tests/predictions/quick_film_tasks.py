"""The task of the `synthetic` workers with quick chunks, for tests where no body model is installed.

The worker that first meets the chunk named in DEADLY_CHUNK kills itself; TRACES is the folder where it says so.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from celery import shared_task

from predictions.film_basket import FilmBasket, chunk_from_json
from predictions.film_generation import MAKE_CHUNK
from tests.ml_models.fake_chunks import make_fake


@shared_task(ignore_result=True, name=MAKE_CHUNK)
def make_quick_chunk(run: str, values: dict[str, Any]) -> None:
    """Make one chunk, or die once."""
    chunk = chunk_from_json(values)
    trace = Path(os.environ["TRACES"]) / f"died-of-{chunk.name}"
    if chunk.name == os.environ.get("DEADLY_CHUNK") and not trace.exists():
        trace.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    FilmBasket(run).put(chunk.name, make_fake(chunk))
