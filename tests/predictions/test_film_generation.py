"""Films made by workers on other machines: a real broker, real workers, one of which dies at work."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from cgm_portal.portal_processes import worker_spec
from ml_models.synthetic.chunks import Chunk, rendered_chunks
from predictions.film_basket import FilmBasket, chunk_as_json, chunk_from_json
from predictions.film_generation import hand_out
from tests.ml_models.fake_chunks import make_fake
from tests.servers import RunningProcess, process_env


@pytest.fixture
def chunks() -> list[Chunk]:
    return rendered_chunks(300, seed=11)


@pytest.fixture
def start_film_worker(transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., RunningProcess]]:
    """Return a starter of real workers of queue `synthetic` that make quick chunks."""
    started: list[RunningProcess] = []

    def start(**changes: str) -> RunningProcess:
        env = process_env(database=connection.settings_dict["NAME"], TRACES=str(tmp_path), **changes)
        spec = worker_spec(queue="synthetic", env=env, logs=tmp_path / f"films-{len(started)}")
        argv = tuple("tests.predictions.quick_film_tasks" if a == "predictions.film_tasks" else a for a in spec.argv)
        worker = RunningProcess(replace(spec, argv=argv))
        worker.start()
        started.append(worker)
        worker.wait_for_log(" ready.", timeout=120)
        return worker

    yield start
    for worker in started:
        worker.terminate()


def test_a_chunk_travels_as_json(chunks: list[Chunk]) -> None:
    assert [chunk_from_json(chunk_as_json(chunk)) for chunk in chunks] == chunks


@pytest.mark.slow
def test_workers_send_back_every_chunk_though_one_of_them_dies(
    chunks: list[Chunk], start_film_worker: Callable[..., RunningProcess]
) -> None:
    workers = [start_film_worker(DEADLY_CHUNK=chunks[0].name) for _ in range(2)]
    kept: dict[str, bytes] = {}

    hand_out(
        chunks,
        lambda chunk, content: kept.update({chunk.name: content}),
        run=f"run-{uuid.uuid4()}",
        outstanding=4,
        stalled_after_s=3,
    )

    assert sum(worker.is_running() for worker in workers) == 1
    assert kept == {chunk.name: make_fake(chunk) for chunk in chunks}


def test_what_another_run_put_into_its_basket_is_not_taken(chunks: list[Chunk]) -> None:
    FilmBasket(f"other-{uuid.uuid4()}").put(chunks[0].name, b"films")

    assert FilmBasket(f"mine-{uuid.uuid4()}").take(wait_s=0.1) is None


def test_what_came_back_for_a_command_that_died_counts(chunks: list[Chunk]) -> None:
    run = f"run-{uuid.uuid4()}"
    FilmBasket(run).put(chunks[0].name, b"films")
    kept: dict[str, bytes] = {}

    hand_out(chunks[:1], lambda chunk, content: kept.update({chunk.name: content}), run=run, stalled_after_s=5)

    assert kept == {chunks[0].name: b"films"}
