"""Hands chunks of synthetic films to the workers of queue `synthetic` on any machine and keeps what they send back.

Knows no body model: what a chunk is and what is still missing is decided in `ml_models.synthetic`. Celery's message is
only a hint: a chunk that does not come back is sent again, and the ledger beside the chunks says which are done.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from cgm_portal.celery import app
from ml_models.synthetic.chunks import Chunk
from predictions.film_basket import FilmBasket, chunk_as_json

logger = logging.getLogger(__name__)

MAKE_CHUNK = "predictions.film_tasks.make_chunk_task"
QUEUE = "synthetic"
#: Chunks that are handed out at a time: what workers would make in vain for a command that has died.
OUTSTANDING = 64
#: When nothing has come back for so long, what is outstanding is sent again. A chunk takes a minute on a free core.
STALLED_AFTER_S = 1800.0


def hand_out(
    chunks: list[Chunk],
    keep: Callable[[Chunk, bytes], None],
    *,
    run: str,
    outstanding: int = OUTSTANDING,
    stalled_after_s: float = STALLED_AFTER_S,
) -> None:
    """Have all `chunks` made by workers and hand each to `keep`; returns when the last has come back.

    `run` names the basket: what workers made for an earlier command of the same run counts.
    """
    basket, waiting = FilmBasket(run), list(reversed(chunks))
    sent: dict[str, Chunk] = {}
    while waiting or sent:
        while waiting and len(sent) < outstanding:
            chunk = waiting.pop()
            sent[chunk.name] = chunk
            _send(chunk, run)
        found = basket.take(wait_s=stalled_after_s)
        if found is None:
            logger.warning("nothing came back for %g s: sending %d chunks again", stalled_after_s, len(sent))
            for chunk in sent.values():
                _send(chunk, run)
            continue
        name, content = found
        if name in sent:  # not a second time, and not from another command
            keep(sent.pop(name), content)


def _send(chunk: Chunk, run: str) -> None:
    app.send_task(MAKE_CHUNK, args=[run, chunk_as_json(chunk)], queue=QUEUE)
