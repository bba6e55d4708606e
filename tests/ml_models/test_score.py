"""The scoring service answers what the local model says, and refuses what it cannot read, with stable codes."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_models import score
from ml_models.estimator import Estimator, WeightsError
from ml_models.inference import DEFAULT_WEIGHTS, load_estimator
from ml_models.measuring import no_length_reason
from ml_models.scoring.answers import QUANTITY_OF_FIELD, answer_row
from ml_models.scoring.errors import STATUS_OF
from ml_models.scoring.rows import UNTOLD_SCALE_SD
from ml_models.synthetic.film_table import TEST_FILMS, load_films
from ml_models.training.dataset import usable
from ml_models.training.reference_rows import tell_all
from ml_models.training.telling import PROTOCOL_HABITS
from ml_models.training.told_rows import told_features
from ml_models.types import AnthropometryEstimate, QuantityEstimate, ScaleCue, SessionFeatures
from predictions.feature_rows import features_as_json
from tests.ml_models.scoring import example, keypoint_row, make_model_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model_folder(tmp_path_factory.mktemp("scoring"))


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(score.MODEL_DIR_VARIABLE, str(folder))
    score.init()


@pytest.fixture(scope="module")
def sessions() -> list[SessionFeatures]:
    """Two sessions of every view and scale cue, of films that no model has learnt from."""
    told = tell_all(usable(load_films(TEST_FILMS)), 1, PROTOCOL_HABITS, np.random.default_rng(5))
    return [features for part in told for features in told_features(part.take(np.arange(0, len(part), 120)))]


def ask(document: Any) -> Any:
    return score.run(json.dumps(document))


def assert_same(answer: dict[str, Any], estimate: AnthropometryEstimate) -> None:
    for field, (name, units) in QUANTITY_OF_FIELD.items():
        size: QuantityEstimate | None = getattr(estimate, name)
        if size is None:
            assert answer[field] is answer["sd"][field] is answer["intervals"][field] is None
            continue
        assert answer[field] == pytest.approx(size.mean / units, abs=1e-6)
        assert answer["sd"][field] == pytest.approx(size.sd / units, abs=1e-6)
        for percent, ends in size.intervals.items():
            assert answer["intervals"][field][str(percent)] == pytest.approx([end / units for end in ends], abs=1e-6)
    assert answer["confidence_score"] == pytest.approx(estimate.confidence, abs=1e-6)
    assert answer["model_version"] == estimate.model_version
    reason = no_length_reason(estimate)
    assert answer["reasons"] == ([] if reason is None else [reason.value])


def test_session_rows_are_answered_as_the_local_model_does(served: None, sessions: list[SessionFeatures]) -> None:
    local = load_estimator()

    answers = ask([features_as_json(features) for features in sessions])

    assert len(answers) == len(sessions)
    for answer, features in zip(answers, sessions, strict=True):
        assert_same(answer, local.estimate(features))
    assert sum(answer["height_cm"] is not None for answer in answers) >= 10


def test_keypoint_rows_are_answered_as_the_local_reference_network_does(
    served: None, sessions: list[SessionFeatures], folder: Path
) -> None:
    local = load_estimator(folder / "reference-0.1.0")

    answers = ask([keypoint_row(features) for features in sessions])

    for answer, features in zip(answers, sessions, strict=True):
        assert_same(answer, local.estimate(features))
    assert {answer["model_version"] for answer in answers} == {"reference-0.1.0"}
    assert sum(answer["height_cm"] is not None for answer in answers) >= 10


def test_untold_posture_and_scale_are_what_the_documentation_says(
    served: None, sessions: list[SessionFeatures], folder: Path
) -> None:
    standing = next(features for features in sessions if not features.is_lying and features.subject.age_days > 800)
    row = keypoint_row(standing)
    assumed = replace(
        standing, is_lying=False, cue=ScaleCue.DISTANCE, scale_relative_sd=UNTOLD_SCALE_SD, pose_backend=None
    )

    answer = ask({name: row[name] for name in ("pose_keypoints", "metadata")})

    assert_same(answer, load_estimator(folder / "reference-0.1.0").estimate(assumed))


def test_one_row_is_answered_by_one_object(served: None, sessions: list[SessionFeatures]) -> None:
    answer = ask(features_as_json(sessions[0]))

    assert answer == ask([features_as_json(sessions[0])])[0]
    assert list(answer)[:4] == ["height_cm", "weight_kg", "arm_circumference_cm", "head_circumference_cm"]


def test_confidence_falls_as_the_scale_gets_worse(served: None, sessions: list[SessionFeatures]) -> None:
    rows = [features_as_json(replace(sessions[0], scale_relative_sd=sd)) for sd in (0.01, 0.03, 0.1)]

    confidences = [answer["confidence_score"] for answer in ask(rows)]

    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > confidences[-1]


def test_shipped_examples_are_answered_as_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(score.MODEL_DIR_VARIABLE, raising=False)
    score.init()

    answers = ask(example("session_rows.request"))

    for answer, shown in zip(answers, example("session_rows.response"), strict=True):
        assert answer["reasons"] == shown["reasons"]
        for field in ("height_cm", "weight_kg", "confidence_score"):
            assert answer[field] == (None if shown[field] is None else pytest.approx(shown[field], rel=1e-6))


def test_without_a_scale_a_row_is_refused_with_its_reason(served: None, sessions: list[SessionFeatures]) -> None:
    answer = ask(features_as_json(replace(sessions[0], cue=ScaleCue.NONE, scale_relative_sd=None)))

    assert answer["height_cm"] is answer["weight_kg"] is answer["confidence_score"] is None
    assert answer["reasons"] == ["no_usable_estimate"]


def test_a_size_that_is_not_positive_is_refused_whole() -> None:
    height, weight = (QuantityEstimate(mean, 1.0, {90: (mean - 2, mean + 2)}) for mean in (55.0, -0.5))
    estimate = AnthropometryEstimate(height, weight, None, None, ScaleCue.MARKER, 0.7, "reference-0.1.0")

    answer = answer_row(estimate)

    assert answer["height_cm"] is answer["weight_kg"] is answer["confidence_score"] is None
    assert answer["reasons"] == ["implausible_size"]


def changed(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(row), **changes}


def without(row: dict[str, Any], field: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != field}


SESSION_ROW = example("session_rows.request")[0]
KEYPOINT_ROW = example("keypoints.request")
POINTS, FACTS = KEYPOINT_ROW["pose_keypoints"], KEYPOINT_ROW["metadata"]
REFUSED = {
    "an empty list": ([], "no_rows"),
    "a text": ("measure", "not_an_object"),
    "null": (None, "not_an_object"),
    "a list in the list": ([[SESSION_ROW]], "not_an_object"),
    "an object of no kind": ({}, "unknown_kind"),
    "101 rows": ([KEYPOINT_ROW] * 101, "too_many_rows"),
    "65 keypoints": (changed(KEYPOINT_ROW, pose_keypoints=POINTS[:-1]), "bad_shape"),
    "keypoints in pairs": (changed(KEYPOINT_ROW, pose_keypoints=[[0.1, 0.2]] * 33), "bad_shape"),
    "keypoints as an object": (changed(KEYPOINT_ROW, pose_keypoints={"x": 1}), "bad_shape"),
    "a keypoint in pixels": (changed(KEYPOINT_ROW, pose_keypoints=[640.0, *POINTS[1:]]), "out_of_range"),
    "a keypoint that is a text": (changed(KEYPOINT_ROW, pose_keypoints=["0.5", *POINTS[1:]]), "not_a_number"),
    "a keypoint that is true": (changed(KEYPOINT_ROW, pose_keypoints=[True, *POINTS[1:]]), "not_a_number"),
    "a keypoint that is NaN": (changed(KEYPOINT_ROW, pose_keypoints=[math.nan, *POINTS[1:]]), "not_finite"),
    "an infinite keypoint": (changed(KEYPOINT_ROW, pose_keypoints=[-math.inf, *POINTS[1:]]), "not_finite"),
    "a number of 400 digits": (changed(KEYPOINT_ROW, pose_keypoints=[10**400, *POINTS[1:]]), "out_of_range"),
    "8 facts": (changed(KEYPOINT_ROW, metadata=FACTS[:-1]), "bad_shape"),
    "no facts": (without(KEYPOINT_ROW, "metadata"), "field_missing"),
    "no age": (changed(KEYPOINT_ROW, metadata=[None, *FACTS[1:]]), "field_missing"),
    "a negative age": (changed(KEYPOINT_ROW, metadata=[-1, *FACTS[1:]]), "out_of_range"),
    "half a girl": (changed(KEYPOINT_ROW, metadata=[FACTS[0], 0.5, *FACTS[2:]]), "bad_value"),
    "an untold sex": (changed(KEYPOINT_ROW, metadata=[FACTS[0], None, *FACTS[2:]]), "bad_value"),
    "a cue without its SD": (without(KEYPOINT_ROW, "scale_relative_sd"), "field_missing"),
    "a field that nobody knows": (changed(KEYPOINT_ROW, child="x"), "unknown_field"),
    "182 values": (changed(SESSION_ROW, values=SESSION_ROW["values"][:-1]), "bad_shape"),
    "other features": (changed(SESSION_ROW, names=SESSION_ROW["names"][::-1]), "features_differ"),
    "names that are null": (changed(SESSION_ROW, names=None), "features_differ"),
    "a value that is NaN": (changed(SESSION_ROW, values=[math.nan, *SESSION_ROW["values"][1:]]), "not_finite"),
    "74 reference inputs": (changed(SESSION_ROW, reference_inputs=[0.1] * 74), "bad_shape"),
    "a sex in words": (changed(SESSION_ROW, sex="female"), "bad_value"),
    "an age of half a day": (changed(SESSION_ROW, age_days=100.5), "bad_value"),
    "an age of 7000 days": (changed(SESSION_ROW, age_days=7000), "out_of_range"),
    "a posture as a number": (changed(SESSION_ROW, is_lying=1), "bad_value"),
    "an unknown cue": (changed(SESSION_ROW, cue="ruler"), "bad_value"),
    "a cue that is a list": (changed(SESSION_ROW, cue=["marker"]), "bad_value"),
    "a negative SD": (changed(SESSION_ROW, scale_relative_sd=-0.1), "out_of_range"),
    "a pose model of 201 letters": (changed(SESSION_ROW, pose_backend="x" * 201), "bad_value"),
    "a row without its sex": (without(SESSION_ROW, "sex"), "field_missing"),
    "a child's name": (changed(SESSION_ROW, name="x"), "unknown_field"),
}


@pytest.mark.parametrize(("document", "code"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_its_code(served: None, document: Any, code: str) -> None:
    refusal = ask(document)

    assert refusal["error"]["code"] == code
    assert len(refusal["error"]["message"]) < 300


@pytest.mark.parametrize("raw", ["", "{", b"\xff\xfe{", "[" * 100_000, "1" * 5000, '{"pose_keypoints": [0.1,]}'])
def test_what_is_not_json_is_refused(served: None, raw: str | bytes) -> None:
    assert score.run(raw)["error"]["code"] in {"bad_json", "not_an_object"}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(served: None) -> None:
    assert score.run("[" + " " * 1_500_000)["error"]["code"] == "too_large"


def test_the_row_and_the_field_at_fault_are_named(served: None) -> None:
    refusal = ask([SESSION_ROW, changed(SESSION_ROW, values=[math.inf, *SESSION_ROW["values"][1:]])])

    assert refusal["error"]["row"] == 1
    assert refusal["error"]["field"] == "values.standing_front.crown_soles"


def test_a_refusal_does_not_repeat_what_was_sent(served: None) -> None:
    refusal = ask(changed(SESSION_ROW, sex="Amina", cue="Amina", **{"Amina": 1}))

    assert "Amina" not in json.dumps(refusal)


def test_every_code_of_the_service_has_a_status_of_its_kind() -> None:
    assert {code for _document, code in REFUSED.values()} | {
        "bad_json",
        "too_large",
        "model_not_deployed",
        "not_ready",
    } == set(STATUS_OF)


def test_keypoints_without_a_reference_network_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(score.MODEL_DIR_VARIABLE, str(DEFAULT_WEIGHTS))
    score.init()

    assert ask([SESSION_ROW, KEYPOINT_ROW])["error"] == {
        "code": "model_not_deployed",
        "message": "This service has no reference network to read keypoints with.",
        "row": 1,
        "field": None,
    }


def test_before_a_model_is_loaded_nothing_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "_served", {})

    assert ask(SESSION_ROW)["error"]["code"] == "not_ready"


def test_a_folder_without_a_model_keeps_the_service_from_starting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(score.MODEL_DIR_VARIABLE, str(tmp_path))

    with pytest.raises(WeightsError) as refusal:
        score.init()
    assert refusal.value.code == "weights_missing"


def test_two_models_of_one_kind_keep_the_service_from_starting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).symlink_to(DEFAULT_WEIGHTS)
    monkeypatch.setenv(score.MODEL_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setattr(Path, "rglob", lambda self, name: list(self.glob(f"*/{name}")))  # follows the links

    with pytest.raises(WeightsError) as refusal:
        score.init()
    assert refusal.value.code == "too_many_models"


def test_alone_the_reference_network_answers_session_rows_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, sessions: list[SessionFeatures]
) -> None:
    monkeypatch.setenv(score.MODEL_DIR_VARIABLE, str(folder / "reference-0.1.0"))
    score.init()
    local: Estimator = load_estimator(folder / "reference-0.1.0")

    assert_same(ask(features_as_json(sessions[0])), local.estimate(sessions[0]))
