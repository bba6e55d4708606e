"""Adapting a model to children measured by hand: bias, intervals, last layers, lineage, and honest figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_models.inference import load_estimator
from ml_models.research.shadow import height_errors
from ml_models.training.finetune import FAILED, main
from ml_models.training.pairs import folds_by_child, pair_rows, split_by_child
from ml_models.types import ScaleCue
from tests.ml_models.adaptable import HEIGHT_CM, make_pairs, write_base, write_pairs

#: How much the films of the clinic are shorter than the rendered ones.
SHORT_CM = {True: 2.0, False: 3.5}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_base(tmp_path / "weights")


def adapted(base: Path, pairs: list[Any], *options: str, name: str = "set", version: str = "0.1.1") -> Path:
    """Adapt, and return the folder of the new version."""
    folder = write_pairs(base.parent.parent / name, pairs)
    arguments = ["--base", str(base), "--pairs", str(folder), "--out", str(base.parent), "--version", version]
    assert main([*arguments, *options]) == 0
    return base.parent / f"tiny-{version}"


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return manifest


def test_recalibration_takes_the_bias_out_of_each_posture(base: Path) -> None:
    new = adapted(base, make_pairs(80, short_cm=SHORT_CM), "--recalibrate-only")

    others = make_pairs(200, short_cm=SHORT_CM, seed=99)
    before, after = (height_errors(load_estimator(folder), others).error_cm for folder in (base, new))
    lying = np.array([pair.features.is_lying for pair in others])
    assert [np.mean(before[group]) for group in (lying, ~lying)] == pytest.approx([-2.0, -3.5], abs=0.3)
    assert [np.mean(after[group]) for group in (lying, ~lying)] == pytest.approx([0.0, 0.0], abs=0.3)


def test_recalibration_makes_intervals_hold_on_other_children(base: Path) -> None:
    nothing = dict.fromkeys(SHORT_CM, 0.0)

    new = adapted(base, make_pairs(150, short_cm=nothing, noise=2.0), "--recalibrate-only")

    others = make_pairs(300, short_cm=nothing, noise=2.0, seed=99)
    before, after = (np.mean(height_errors(load_estimator(folder), others).inside_90) for folder in (base, new))
    assert before < 0.7
    assert 0.86 < after < 0.95


def test_a_posture_with_few_children_stays_as_it_was(base: Path) -> None:
    lying = [pair for pair in make_pairs(80, short_cm=SHORT_CM) if pair.features.is_lying]

    new = adapted(base, lying, "--recalibrate-only")

    standing = [pair for pair in make_pairs(60, short_cm=SHORT_CM, seed=9) if not pair.features.is_lying]
    before, after = (height_errors(load_estimator(folder), standing) for folder in (base, new))
    np.testing.assert_allclose(after.error_cm, before.error_cm, atol=0.01)
    np.testing.assert_array_equal(after.inside_90, before.inside_90)


def test_a_quantity_that_was_not_measured_keeps_its_factors(base: Path) -> None:
    pairs = make_pairs(60, short_cm=SHORT_CM)
    for pair in pairs:
        del pair.truth["muac_mm"]  # type: ignore[attr-defined]

    new = adapted(base, pairs, "--recalibrate-only")

    groups = [manifest_of(folder)["calibration"]["groups"] for folder in (base, new)]
    assert [group["factors"]["muac_mm"] for group in groups[0]] == [group["factors"]["muac_mm"] for group in groups[1]]
    assert [group["factors"]["height_cm"] for group in groups[0]] != [
        group["factors"]["height_cm"] for group in groups[1]
    ]


def test_many_children_teach_the_last_layers_what_the_base_did_not_know(base: Path) -> None:
    pairs = make_pairs(400, short_cm=SHORT_CM, telling=0.03)

    taught = adapted(base, pairs, version="0.1.1")
    shifted = adapted(base, pairs, "--recalibrate-only", name="again", version="0.1.2")

    others = make_pairs(200, short_cm=SHORT_CM, telling=0.03, seed=99)
    errors = {
        folder.name: np.mean(np.abs(height_errors(load_estimator(folder), others).error_cm))
        for folder in (base, taught, shifted)
    }
    assert manifest_of(taught)["training"]["adapted"] == "fine_tuned"
    assert manifest_of(shifted)["training"]["adapted"] == "recalibrated"
    assert errors["tiny-0.1.1"] < 0.7 * errors["tiny-0.1.2"] < errors["tiny-0.1.0"]


def test_the_figures_of_held_out_children_are_those_of_children_yet_to_come(base: Path) -> None:
    new = adapted(base, make_pairs(400, short_cm=SHORT_CM, telling=0.03))

    told = {row["posture"]: row for row in manifest_of(new)["metrics"]["held_out_pairs"]}

    others = make_pairs(400, short_cm=SHORT_CM, telling=0.03, seed=99)
    found = height_errors(load_estimator(new), others)
    lying = np.array([pair.features.is_lying for pair in others])
    for posture, group in (("lying", lying), ("standing", ~lying)):
        figures = told[posture]["height_cm"]
        assert figures["mae"] == pytest.approx(np.mean(np.abs(found.error_cm[group])), rel=0.25)
        low, high = figures["mae_interval"]
        assert low < figures["mae"] < high
        assert figures["coverage"]["90"] == pytest.approx(0.9, abs=0.07)
    assert sum(row["children"] for row in told.values()) == 100  # a quarter was held out


def test_the_manifest_tells_base_pairs_and_comparison(base: Path) -> None:
    new = adapted(base, make_pairs(60, short_cm=SHORT_CM))

    manifest, training = manifest_of(new), manifest_of(new)["training"]
    assert training["base"]["label"] == "tiny-0.1.0"
    assert training["adapted"] == "recalibrated"
    (drawn,) = training["training_sets"]
    assert (drawn["name"], drawn["children"], drawn["ethics_reference"]) == ("First pairs", 60, "EC 2026/7")
    assert training["data_sha256"] == {"films": "ab"}
    assert manifest["comparison"]["base"] == "tiny-0.1.0"
    assert manifest["comparison"]["objections"] == []
    assert manifest["comparison"]["rows"][0]["mae_difference_cm"] < -1
    assert set(manifest["metrics"]) == {"held_out_pairs"}
    assert "60 children measured by hand (First pairs, ethics reference EC 2026/7)" in manifest["card"]["trained_on"][0]
    assert manifest["card"]["trained_on"][1] == "tiny-0.1.0: Rendered children only."
    assert load_estimator(new).version == "tiny-0.1.1"


def test_the_next_adaptation_keeps_the_lineage_of_the_first(base: Path) -> None:
    first = adapted(base, make_pairs(60, short_cm=SHORT_CM))

    second = adapted(first, make_pairs(60, short_cm=SHORT_CM, seed=8), name="more", version="0.1.2")

    sets = manifest_of(second)["training"]["training_sets"]
    assert len({drawn["manifest_sha256"] for drawn in sets}) == 2


def test_the_same_seed_gives_the_same_weights(base: Path) -> None:
    pairs = make_pairs(320, short_cm=SHORT_CM, telling=0.03)

    folders = [adapted(base, pairs, name=name, version=name) for name in ("first", "second")]

    assert manifest_of(folders[0])["sha256"] == manifest_of(folders[1])["sha256"]


@pytest.mark.parametrize(
    ("children", "changed", "version", "code"),
    [
        (15, {}, "0.1.1", "too_few_children"),
        (30, {"kind": "reference"}, "0.1.1", "kind_not_adaptable"),
        (30, {}, "0.1.0", "version_exists"),
    ],
)
def test_what_cannot_be_adapted_is_refused_and_writes_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    children: int,
    changed: dict[str, Any],
    version: str,
    code: str,
) -> None:
    base = write_base(tmp_path / "weights", **changed)
    pairs = write_pairs(tmp_path / "set", make_pairs(children, short_cm=SHORT_CM))
    before = sorted(path.name for path in base.parent.iterdir())
    arguments = ["--base", str(base), "--pairs", str(pairs), "--out", str(base.parent), "--version", version]

    assert main(arguments) == FAILED

    assert f"[{code}]" in capsys.readouterr().err
    assert sorted(path.name for path in base.parent.iterdir()) == before


def test_pairs_that_taught_the_base_do_not_teach_it_again(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = adapted(base, make_pairs(60, short_cm=SHORT_CM))
    arguments = ["--base", str(first), "--pairs", str(tmp_path / "set"), "--out", str(base.parent)]

    assert main([*arguments, "--version", "0.1.2"]) == FAILED
    assert "[taught_before]" in capsys.readouterr().err


def test_no_child_is_in_two_parts(base: Path) -> None:
    rows = pair_rows(make_pairs(50, short_cm=SHORT_CM), manifest_of(base))

    parts = split_by_child(rows, [0.6, 0.15, 0.25], seed=4)
    folds = [held_out for _others, held_out in folds_by_child(rows, 5, seed=4)]

    for masks in (parts, folds):
        assert np.array_equal(np.sum(masks, axis=0), np.ones(len(rows.sessions)))
        names = [set(rows.child[mask]) for mask in masks]
        assert sum(len(part) for part in names) == len(set.union(*names)) == 50


def test_sessions_that_the_model_cannot_measure_are_left_out(base: Path) -> None:
    usable, no_scale, too_old, headless, other_pose, _more = make_pairs(3, short_cm=SHORT_CM)
    object.__setattr__(no_scale.features, "cue", ScaleCue.NONE)
    object.__setattr__(too_old.features.subject, "age_days", 2500)
    headless.features.values[:] = np.nan
    object.__setattr__(other_pose.features, "pose_backend", "openpose/1+0000")

    rows = pair_rows([usable, no_scale, too_old, headless, other_pose], manifest_of(base))

    assert rows.sessions == (usable,)
    assert rows.measured[0, 0] == pytest.approx(HEIGHT_CM, rel=0.15)
