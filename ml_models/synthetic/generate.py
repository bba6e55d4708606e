"""Generate the whole training material: rendered films end to end, and projected ones on top.

    python -m ml_models.synthetic.generate --samples 50000 --seed 1 --out DIR [--rendered 0.175] [--jobs 2]

Writes to DIR films_train.npz, films_calibration.npz, films_test.npz (rendered, of different children),
films_projected.npz, landmark_errors.json (what the pose model got wrong on the rendered ones) and manifest.json. Run
again after an interruption: finished chunks are kept. Rendered chunks need requirements-training.txt; a second or two
a film on one core. `manage.py generate_films` spreads them over machines.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from ml_models.synthetic.body_table import TABLE_FILE
from ml_models.synthetic.chunk_maker import make_projected, make_rendered
from ml_models.synthetic.chunks import (
    Chunk,
    Kind,
    Ledger,
    Part,
    projected_chunks,
    rendered_chunks,
    replace_file,
)
from ml_models.synthetic.errors import ERRORS_FILE, errors_of, fit_errors, is_gross
from ml_models.synthetic.film_table import FilmTable, join_films, load_films, save_films
from ml_models.synthetic.manifest import write_manifest
from ml_models.types import ScanType

logger = logging.getLogger(__name__)

#: Share of the samples that is rendered: 8,750 films of 50,000, two hours of one free core.
RENDERED_SHARE = 0.175
#: With fewer usable films of a scan type, the errors measured on the repository's films are taken.
MIN_FILMS_FOR_ERRORS = 150

Make = Callable[[Chunk], bytes]
#: Makes the missing chunks and hands each to the ledger.
Spread = Callable[[Make, list[Chunk], Callable[[Chunk, bytes], None]], None]


def generate(
    *, samples: int, rendered: float, seed: int, out: Path, spread: Spread, made_elsewhere: Path | None = None
) -> Path:
    """Make what is missing and join it; returns the manifest's path. `spread` makes the rendered chunks.

    `made_elsewhere`: folder of rendered chunks that the same code has made already.

    Raises ValueError for a share outside 0-1.
    """
    if not 0 <= rendered <= 1:
        raise ValueError(f"the share of rendered films is 0-1, not {rendered}")
    ledger = Ledger(out / "chunks")
    drawn = rendered_chunks(round(samples * rendered), seed)
    if made_elsewhere is not None:
        ledger.adopt(drawn, made_elsewhere)
    _make(make_rendered, drawn, ledger, spread)
    tables = {part: out / f"films_{part.value}.npz" for part in Part}
    for part, path in tables.items():
        _join([chunk for chunk in drawn if chunk.part is part], ledger, path)
    errors = write_errors(load_films(tables[Part.TRAIN]), out / "landmark_errors.json")
    projected = projected_chunks(samples - sum(chunk.films for chunk in drawn), seed)
    make = partial(make_projected, errors=errors, bodies=TABLE_FILE, rendered=tables[Part.TRAIN])
    _make(make, projected, ledger, one_by_one)
    joined = list(tables.values())
    if projected:
        joined.append(out / "films_projected.npz")
        _join(projected, ledger, joined[-1])
    return write_manifest(
        out, samples=samples, seed=seed, chunks=[*drawn, *projected], ledger=ledger, files=[*joined, errors]
    )


def write_errors(train: FilmTable, path: Path) -> Path:
    """Measure the pose model's errors on `train`; with too few films of a scan type copy the repository's table."""
    usable = train.scan_type[~is_gross(errors_of(train))]
    if min(int(np.sum(usable == scan_type.value)) for scan_type in ScanType) >= MIN_FILMS_FOR_ERRORS:
        replace_file(path, (json.dumps(fit_errors(train)) + "\n").encode())
    else:
        logger.warning("fewer than %d usable films of a scan type: errors from %s", MIN_FILMS_FOR_ERRORS, ERRORS_FILE)
        replace_file(path, ERRORS_FILE.read_bytes())
    return path


def one_by_one(make: Make, chunks: list[Chunk], keep: Callable[[Chunk, bytes], None]) -> None:
    """Make chunks in this process."""
    for chunk in chunks:
        keep(chunk, make(chunk))


def over_processes(make: Make, chunks: list[Chunk], keep: Callable[[Chunk, bytes], None], *, jobs: int) -> None:
    """Make chunks in `jobs` processes; this one keeps them."""
    spawn = multiprocessing.get_context("spawn")  # a forked process may not share a graphics context
    with ProcessPoolExecutor(jobs, mp_context=spawn) as pool:
        waiting = {pool.submit(make, chunk): chunk for chunk in chunks}
        try:
            for done in as_completed(waiting):
                keep(waiting[done], done.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _make(make: Make, chunks: list[Chunk], ledger: Ledger, spread: Spread) -> None:
    missing = list(ledger.missing(chunks))
    total = sum(chunk.films for chunk in chunks)
    kind = chunks[0].kind.value if chunks else Kind.PROJECTED.value
    with logging_redirect_tqdm(), tqdm(total=total, unit="film", desc=kind) as bar:
        bar.update(total - sum(chunk.films for chunk in missing))

        def keep(chunk: Chunk, content: bytes) -> None:
            ledger.store(chunk, content)
            bar.update(chunk.films)

        if missing:
            spread(make, missing, keep)


def _join(chunks: Iterable[Chunk], ledger: Ledger, path: Path) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    with unfinished.open("wb") as stream:
        save_films(join_films([load_films(ledger.path_of(chunk)) for chunk in chunks]), stream)
    unfinished.replace(path)


def main() -> None:
    """Generate the training material from the command line."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--samples", type=int, required=True, help="films in all")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rendered", type=float, default=RENDERED_SHARE, help="share of the films that is rendered")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument(
        "--made-elsewhere",
        type=Path,
        metavar="DIR",
        help="folder of rendered chunks that the same code has made already",
    )
    arguments = parser.parse_args()
    spread = one_by_one if arguments.jobs == 1 else partial(over_processes, jobs=arguments.jobs)
    manifest = generate(
        samples=arguments.samples,
        rendered=arguments.rendered,
        seed=arguments.seed,
        out=arguments.out,
        spread=spread,
        made_elsewhere=arguments.made_elsewhere,
    )
    logger.info("%s", manifest)


if __name__ == "__main__":
    main()
