"""The task of the `synthetic` workers, which alone need requirements-training.txt and EGL:

celery -A cgm_portal worker --pool solo -Q synthetic -I predictions.film_tasks
"""

from __future__ import annotations

from typing import Any

from celery import shared_task

from ml_models.synthetic.chunk_maker import make_rendered
from predictions.film_basket import FilmBasket, chunk_from_json


@shared_task(ignore_result=True)
def make_chunk_task(run: str, values: dict[str, Any]) -> None:
    """Render one chunk of films; safe to run twice."""
    chunk = chunk_from_json(values)
    FilmBasket(run).put(chunk.name, make_rendered(chunk))
