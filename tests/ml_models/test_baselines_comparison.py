"""All models are asked about the same sessions, and the table says what they answered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ml_models.features import SEGMENTS
from ml_models.inference import load_estimator
from ml_models.networks.reference import QUANTITIES
from ml_models.reasons import ReasonCode
from ml_models.synthetic.children import load_lms
from ml_models.synthetic.film_table import save_films
from ml_models.training.comparison import (
    ComparedModel,
    ComparisonConfig,
    compare,
    estimate_all,
    figures_of,
    write_comparison,
)
from ml_models.training.dataset import View
from ml_models.training.held_out import held_out_figures
from ml_models.training.reference import train_reference
from ml_models.training.reference_config import ReferenceConfig
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.told import ToldSessions, tell
from ml_models.training.told_rows import told_features, told_segments
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, ScanType, SessionFeatures
from tests.ml_models.reference_tables import film_table

Compared = tuple[list[ToldSessions], list[ComparedModel]]
BASELINES = ["age + sex", "geometry", "ridge on segments x age"]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    folder = tmp_path_factory.mktemp("tables")
    for seed, name in enumerate(("train", "calibration", "test")):
        save_films(film_table(40, seed=50 + seed), folder / f"{name}.npz")
    weights = train_reference(
        ReferenceConfig(
            projected=400,
            repeats=1,
            epochs=2,
            calibration_repeats=1,
            test_repeats=1,
            train_films=folder / "train.npz",
            calibration_films=folder / "calibration.npz",
            test_films=folder / "test.npz",
        ),
        folder,
    )
    config = ComparisonConfig(
        train_films=folder / "train.npz", test_films=folder / "test.npz", train_repeats=2, test_repeats=1
    )
    return compare([weights], config)


@pytest.fixture(scope="module")
def lying() -> ToldSessions:
    return tell(film_table(15, seed=60), View.LYING_ABOVE, ScaleCue.MARKER, PROTOCOL_HABITS, np.random.default_rng(61))


def test_every_model_answers_for_every_view_and_cue(
    compared: Compared,
) -> None:
    figures = figures_of(*compared)

    assert [row["model"] for row in figures[:4]] == [*BASELINES, "reference-0.1.0"]
    assert len(figures) == len(View) * 2 * 4
    for part in range(0, len(figures), 4):
        assert len({(row["view"], row["cue"], row["height_cm"]["n"]) for row in figures[part : part + 4]}) == 1


def test_table_and_figures_are_written(compared: Compared, tmp_path: Path) -> None:
    table = write_comparison(*compared, tmp_path)

    figures = json.loads((tmp_path / "comparison.json").read_text())
    assert (tmp_path / "comparison.md").read_text() == table
    assert len(table.splitlines()) == len(figures) + 2
    first = figures[0]
    assert f"| {first['model']} | {first['height_cm']['n']} | {first['height_cm']['mae']:.2f} |" in table


def test_models_read_the_same_told_errors(lying: ToldSessions) -> None:
    """The segments that baselines read are those of the sessions that estimators get."""
    block = list(ScanType).index(ScanType.LYING_ABOVE) * len(SEGMENTS)
    served = np.stack([session.values[block : block + len(SEGMENTS)] for session in told_features(lying)])

    np.testing.assert_allclose(served, told_segments(lying)[0], rtol=2e-4, atol=2e-3)


def test_the_shipped_estimator_answers_told_sessions(lying: ToldSessions) -> None:
    """Sessions of the table are not refused as those of another pose model."""
    estimates = [load_estimator().estimate(features) for features in told_features(lying)]

    assert all(estimate.refused is not ReasonCode.POSE_MODEL_DIFFERS for estimate in estimates)


def test_sessions_carry_the_childs_facts(lying: ToldSessions) -> None:
    session = told_features(lying)[3]

    assert session.subject.age_days == lying.age_days[3]
    assert session.subject.sex == ("F" if lying.is_girl[3] else "M")
    assert session.is_lying
    assert session.cue is ScaleCue.MARKER
    assert session.scale_relative_sd == pytest.approx(lying.relative_sd[3])


class HeightAlone:
    """An estimator that gives a height and nothing else."""

    version = "height-alone"

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        height = QuantityEstimate(mean=70.0, sd=1.0, intervals={})
        return AnthropometryEstimate(height, None, None, None, features.cue, 0.5, self.version)


def test_what_a_model_does_not_give_is_not_counted(lying: ToldSessions) -> None:
    predicted = estimate_all(HeightAlone(), told_features(lying))

    figures = held_out_figures(lying, predicted, load_lms())

    assert figures["height_cm"]["n"] == len(lying)
    assert figures["weight_kg"] == {"n": 0, "mae": None, "bias": None, "r2": None, "z_r": None}


def test_figures_of_a_known_error(lying: ToldSessions) -> None:
    """One centimetre too much everywhere: MAE and bias 1, and the z-scores still rank the children."""
    figures = held_out_figures(lying, lying.measured + 1.0, load_lms())

    for name in QUANTITIES:
        assert figures[name]["mae"] == pytest.approx(1.0)
        assert figures[name]["bias"] == pytest.approx(1.0)
    assert figures["height_cm"]["z_r"] > 0.95


def test_a_weight_below_zero_counts_as_an_error_and_has_no_z_score(lying: ToldSessions) -> None:
    predicted = lying.measured.copy()
    predicted[0, 1] = -1.0

    weight = held_out_figures(lying, predicted, load_lms())["weight_kg"]

    assert weight["mae"] == pytest.approx((lying.measured[0, 1] + 1) / len(lying), abs=1e-3)
    assert weight["z_r"] == pytest.approx(1.0)


def test_arms_count_from_the_age_of_their_standard(lying: ToldSessions) -> None:
    figures = held_out_figures(lying, lying.measured, load_lms())

    assert figures["muac_mm"]["n"] == int((lying.age_days >= 91).sum())


def test_a_constant_z_score_correlates_with_nothing(compared: Compared) -> None:
    figures = figures_of(*compared)

    assert all(row["height_cm"]["z_r"] is None for row in figures if row["model"] == "age + sex")
