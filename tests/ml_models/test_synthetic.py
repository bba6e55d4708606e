"""Simulated children are who they are said to be."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.children import MUAC, QUANTITIES, draw_children, load_lms, values_at, zscores
from ml_models.synthetic.errors import MIRRORED, apply_errors, errors_of, is_gross, load_errors
from ml_models.synthetic.film_table import CALIBRATION_FILMS, TEST_FILMS, TRAIN_FILMS, load_films
from ml_models.synthetic.girths import ring_edges, ring_girth
from ml_models.synthetic.posing import FOOT_L, HEAD, THIGH_L, neutral_rotations, pose
from ml_models.types import ScanType

ROOT = Path(__file__).resolve().parents[2]
NEEDS_ANNY = pytest.mark.skipif(
    importlib.util.find_spec("anny") is None, reason="the body model is installed by requirements-training.txt only"
)


@pytest.mark.parametrize(
    ("table", "quantity", "factor"),
    [("lhfa", 0, 1.0), ("wfa", 1, 1.0), ("acfa", 2, 10.0), ("hcfa", 3, 1.0)],
)
def test_lms_copy_agrees_with_the_growth_engines_tables(table: str, quantity: int, factor: float) -> None:
    lms = load_lms()
    with (ROOT / "children" / "growth" / "data" / f"who2006_{table}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if int(row["age_days"]) < lms.shape[2]]

    for row in rows:
        expected = [float(row["l"]), float(row["m"]) * factor, float(row["s"])]
        np.testing.assert_allclose(lms[quantity, int(row["sex"]) - 1, int(row["age_days"])], expected, rtol=1e-6)


def test_zscores_and_values_are_inverse() -> None:
    lms, girl, age = load_lms(), np.array([True, False]), np.array([400, 1500])
    z = np.array([[-4.0, -3.0, 2.0, 0.0], [1.0, 2.5, -3.5, -1.0]])

    np.testing.assert_allclose(zscores(values_at(z, girl, age, lms), girl, age, lms), z, atol=1e-9)


def test_drawn_children_have_stunted_and_wasted_tails() -> None:
    children = draw_children(4000, np.random.default_rng(0))
    z = zscores(children.targets, children.is_girl, children.age_days, load_lms())

    assert children.targets.shape == (4000, len(QUANTITIES))
    assert np.mean(z[:, 0] < -3) > 0.08
    assert np.mean(z[:, 1] < -3) > 0.08
    assert np.isnan(z[children.age_days < 91, MUAC]).all()


def test_table_bodies_are_as_long_as_their_label_in_the_neutral_pose() -> None:
    bodies = load_body_table()
    posed = pose(bodies.points, bodies.weights, bodies.joints, neutral_rotations(bodies.joints))
    crown = posed[:, 33 : 33 + bodies.crown_count, 2].max(axis=1)
    soles = posed[:, 33 + bodies.crown_count :, 2].min(axis=1)

    np.testing.assert_allclose(crown - soles, bodies.measured[:, 0], rtol=0.004)


def test_neutral_pose_puts_the_ankles_below_the_hips() -> None:
    bodies = load_body_table().take(np.arange(20))
    posed = pose(bodies.joints, np.eye(12), bodies.joints, neutral_rotations(bodies.joints))

    np.testing.assert_allclose(posed[:, FOOT_L, 0], posed[:, THIGH_L, 0], atol=1e-9)
    np.testing.assert_allclose(posed[:, HEAD], bodies.joints[:, HEAD])


def test_proportions_say_little_of_stature() -> None:
    """Leg share and height-for-age are nearly unrelated: a model cannot read stature off proportions."""
    bodies = load_body_table()
    haz = zscores(bodies.measured, bodies.is_girl, bodies.age_days, load_lms())[:, 0]
    leg = np.linalg.norm(bodies.points[:, 23] - bodies.points[:, 27], axis=1) / bodies.measured[:, 0]
    age = np.vander(bodies.age_days / 1826, 4)
    residual = leg - age @ np.linalg.lstsq(age, leg, rcond=None)[0]

    assert abs(np.corrcoef(residual, haz)[0, 1]) < 0.15


def test_girth_of_a_cylinder_is_its_circumference() -> None:
    turns = np.arange(90) * 2 * np.pi / 90
    circle = np.stack([3 * np.cos(turns), 3 * np.sin(turns)], axis=1)
    vertices = np.concatenate([np.c_[circle, np.full(90, z)] for z in (-1.0, 1.0)])[None]
    faces = np.array([[i, (i + 1) % 90, i + 90] for i in range(90)])
    ring = ring_edges(faces, np.ones(180, dtype=bool))

    girth = ring_girth(vertices, ring, np.zeros((1, 3)), np.array([[0.0, 0.0, 1.0]]), 0.0)

    assert girth[0] == pytest.approx(2 * np.pi * 3, rel=2e-3)


def test_mirroring_twice_changes_nothing() -> None:
    assert [MIRRORED[i] for i in MIRRORED] == list(range(35))


def test_errors_taken_from_a_film_put_the_found_points_back() -> None:
    films = load_films(CALIBRATION_FILMS)
    films = films.take(~is_gross(errors_of(films)))
    found = apply_errors(films.true_px, errors_of(films), films.pixels_per_cm * films.measured[:, 0], films.facing_left)

    np.testing.assert_allclose(found, films.found_px, atol=1e-3)


def test_drawn_errors_have_the_measured_bias() -> None:
    errors = load_errors()[ScanType.LYING_ABOVE]
    covariates = np.tile([1.0, 0.0, 0.0, 0.9], (20000, 1))

    drawn = errors.draw(covariates, np.random.default_rng(0))

    np.testing.assert_allclose(drawn.mean(axis=0).ravel(), covariates[0] @ errors.coefficients, atol=2e-3)


def test_train_calibration_and_test_films_share_no_child() -> None:
    tables = [load_films(path).measured for path in (TRAIN_FILMS, CALIBRATION_FILMS, TEST_FILMS)]
    weights = [set(map(tuple, sizes.tolist())) for sizes in tables]

    assert not weights[0] & weights[1]
    assert not weights[0] & weights[2]
    assert not weights[1] & weights[2]


def test_every_posture_and_skin_tone_is_in_every_table() -> None:
    for path in (TRAIN_FILMS, CALIBRATION_FILMS, TEST_FILMS):
        films = load_films(path)
        for scan_type in ScanType:
            tones = films.skin_tone[films.scan_type == scan_type.value]
            assert np.bincount(tones, minlength=6).min() > len(tones) / 12


@NEEDS_ANNY
@pytest.mark.slow
def test_fitted_bodies_hit_the_drawn_sizes() -> None:
    from ml_models.synthetic.bodies import BodyModel

    rng = np.random.default_rng(7)
    children = draw_children(12, rng)
    bodies = BodyModel().fit(children, rng)

    off = np.abs(bodies.measured / children.targets - 1)
    assert np.median(off, axis=0).max() < 0.005
    assert off[:, [0, 3]].max() < 0.01
