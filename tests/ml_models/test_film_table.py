"""A table of films keeps what was found, what was true and what was unknown."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from ml_models.synthetic.film_table import STEP_OUTLINE, STEP_PX, FilmTable, join_films, load_films, save_films
from ml_models.types import OUTLINE_LEVELS, ScanType
from tests.ml_models.reference_tables import FRAMES, film_table

FILMS = 6


@pytest.fixture
def films() -> FilmTable:
    """Six children by each view; outlines of ellipses, one film unseen in its first frame."""
    table = film_table(FILMS, 11)
    levels = (np.arange(OUTLINE_LEVELS) + 0.5) / OUTLINE_LEVELS
    ellipse = 0.3 * np.sqrt(1 - (2 * levels - 1) ** 2)
    outline = np.broadcast_to(ellipse[:, None], table.outline.shape) * np.array([1.0, 0.5])
    frames, seen = table.frames_px.copy(), table.seen.copy()
    outline = outline.copy()
    frames[2, 0], seen[2, 0], outline[2, 0] = np.nan, 0.0, np.nan
    return replace(table, frames_px=frames, seen=seen, outline=outline)


@pytest.fixture
def kept(films: FilmTable, tmp_path: Path) -> FilmTable:
    save_films(films, tmp_path / "films.npz")
    return load_films(tmp_path / "films.npz")


def test_found_points_and_outlines_are_kept_to_half_a_step(films: FilmTable, kept: FilmTable) -> None:
    np.testing.assert_allclose(kept.frames_px, films.frames_px, atol=STEP_PX / 2 + 1e-9)
    np.testing.assert_allclose(kept.outline, films.outline, atol=STEP_OUTLINE / 2 + 1e-9)
    np.testing.assert_allclose(kept.seen, films.seen, atol=0.5 / 255 + 1e-9)


def test_what_was_true_is_kept(films: FilmTable, kept: FilmTable) -> None:
    for name in ("true_px", "focal_px", "distance_cm", "depth_cm", "tilt_deg", "roll_deg", "height_cm", "measured"):
        np.testing.assert_allclose(getattr(kept, name), getattr(films, name), rtol=1e-6, atol=1e-4, err_msg=name)
    for name in ("scan_type", "child", "facing_left", "is_girl", "age_days", "skin_tone"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(films, name), err_msg=name)


def test_unknown_stays_unknown(films: FilmTable, kept: FilmTable) -> None:
    np.testing.assert_array_equal(np.isnan(kept.frames_px), np.isnan(films.frames_px))
    np.testing.assert_array_equal(np.isnan(kept.outline), np.isnan(films.outline))
    assert np.isnan(kept.frames_px[2, 0]).all()


def test_a_point_far_outside_the_picture_does_not_come_back_on_the_other_side(films: FilmTable, tmp_path: Path) -> None:
    films.frames_px[0, 0, 0] = [-50_000.0, 50_000.0]
    save_films(films, tmp_path / "films.npz")

    x, y = load_films(tmp_path / "films.npz").frames_px[0, 0, 0]

    assert x < -3000
    assert y > 3000


def test_saving_what_was_loaded_changes_nothing(kept: FilmTable, tmp_path: Path) -> None:
    save_films(kept, tmp_path / "again.npz")
    again = load_films(tmp_path / "again.npz")

    for field in fields(FilmTable):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(kept, field.name), err_msg=field.name)


def test_tables_hold_no_objects(films: FilmTable, tmp_path: Path) -> None:
    """Nothing in them needs pickle to be read."""
    save_films(films, tmp_path / "films.npz")

    with np.load(tmp_path / "films.npz", allow_pickle=False) as archive:
        kinds = {name: archive[name].dtype.kind for name in archive.files if name != "allow_pickle"}

    assert set(kinds) == {field.name for field in fields(FilmTable)}
    assert set(kinds.values()) <= set("Ubiuf")


def test_a_found_point_is_the_median_of_the_frames_that_show_it(films: FilmTable) -> None:
    np.testing.assert_allclose(films.found_px[0], np.median(films.frames_px[0], axis=0))
    np.testing.assert_allclose(films.found_px[2], np.median(films.frames_px[2, 1:], axis=0))


def test_a_film_in_which_nobody_was_found_has_no_points(films: FilmTable) -> None:
    films.frames_px[3] = np.nan

    assert np.isnan(films.found_px[3]).all()


def test_taken_and_joined_films_are_the_same_films(films: FilmTable) -> None:
    parts = [films.take(films.scan_type == scan_type.value) for scan_type in ScanType]

    joined = join_films(parts)

    assert [len(part.child) for part in parts] == [FILMS] * len(ScanType)
    assert joined.frames_px.shape == (FILMS * len(ScanType), FRAMES, 35, 2)
    np.testing.assert_array_equal(joined.child, films.child)
    np.testing.assert_array_equal(joined.true_px, films.true_px)


def test_pixels_per_centimetre_are_those_of_the_body_plane(films: FilmTable) -> None:
    """Crown to soles in the picture over the body's length: within what a pose and a tilt take off it."""
    seen_px = np.linalg.norm(films.true_px[:, 33] - films.true_px[:, 34], axis=1)

    np.testing.assert_allclose(seen_px / (films.pixels_per_cm * films.measured[:, 0]), 1.0, atol=0.12)
