"""The schemas of the scoring service say what its code says, both ways."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ml_models import score
from ml_models.features import feature_names
from ml_models.networks.reference import METADATA
from ml_models.reasons import ReasonCode
from ml_models.scoring.errors import STATUS_OF
from ml_models.scoring.requests import MAX_ROWS
from ml_models.scoring.rows import KEYPOINT_FIELDS, KEYPOINT_OPTIONS, METADATA_RANGES, SESSION_FIELDS, UNTOLD_SCALE_SD
from tests.ml_models.scoring import EXAMPLES, example, make_model_folder, schema
from tests.ml_models.test_score import KEYPOINT_ROW, REFUSED, SESSION_ROW, changed

REQUEST, RESPONSE, ERROR = (Draft202012Validator(schema(name)) for name in ("request", "response", "error"))
#: What a schema cannot say of JSON: that a number is not finite. Python's parser reads NaN, JSON has none.
NOT_JSON = {"a keypoint that is NaN", "an infinite keypoint", "a value that is NaN"}


@pytest.mark.parametrize("name", ["request", "response", "error"])
def test_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_examples_follow_their_schema(path: Path) -> None:
    validator = {"request": REQUEST, "response": RESPONSE, "error": ERROR}[path.stem.rpartition(".")[2]]

    validator.validate(example(path.stem))


@pytest.mark.parametrize(
    "document", [case for name, (case, _code) in REFUSED.items() if name not in NOT_JSON],
    ids=[name for name in REFUSED if name not in NOT_JSON],
)  # fmt: skip
def test_what_the_code_refuses_the_schema_refuses(document: Any) -> None:
    assert not REQUEST.is_valid(document)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(score.MODEL_DIR_VARIABLE, str(make_model_folder(tmp_path_factory.mktemp("scoring"))))
        score.init()


def random_row(rng: np.random.Generator) -> dict[str, Any]:
    """Return a row whose fields are, each with some chance, at the edge of what is allowed or just beyond it."""

    def some(usual: Any, *others: Any) -> Any:
        return usual if rng.random() < 0.8 else others[rng.integers(len(others))]

    if rng.random() < 0.5:
        facts = list(KEYPOINT_ROW["metadata"])
        place = int(rng.integers(9))
        low, high = METADATA_RANGES[METADATA[place]]
        facts[place] = some(facts[place], None, low, high, low - 0.01, high + 0.01, False)
        points = list(KEYPOINT_ROW["pose_keypoints"])
        points[int(rng.integers(66))] = some(0.5, None, 10, -10.001, "0.5", [])
        row = changed(KEYPOINT_ROW, metadata=facts, pose_keypoints=points)
        row["is_lying"] = some(True, False, None, 0)
    else:
        values = list(SESSION_ROW["values"])
        values[int(rng.integers(len(values)))] = some(30.0, None, 1e6, -1.1e6, True, "30")
        row = changed(SESSION_ROW, values=values)
        row["age_days"] = some(row["age_days"], 0, 6940, 6941, -1, 100.5, 100.0, None)
        row["sex"] = some("M", "F", "m", None, 1)
        row["reference_inputs"] = some(row["reference_inputs"], None, [0.5] * 75, [0.5] * 76, [None] * 75)
    row["cue"] = some("marker", "distance", "none", "tape", None)
    row["scale_relative_sd"] = some(0.02, None, 0, 1, 1.01, -0.01, "0.02")
    row["pose_backend"] = some(row["pose_backend"], None, "", "x" * 200, "x" * 201, 7)
    for field in [name for name in row if rng.random() < 0.03]:
        del row[field]
    return row


def test_code_and_schema_take_the_same_rows(served: None) -> None:
    """A thousand rows at the edges: each is taken by both or by none, and every answer follows its schema."""
    rng = np.random.default_rng(11)
    taken = 0

    for _ in range(1000):
        row = random_row(rng)
        answer = score.run(json.dumps(row))
        is_taken = "error" not in answer
        assert REQUEST.is_valid(row) == is_taken, (answer, {k: v for k, v in row.items() if k not in ("names",)})
        (RESPONSE if is_taken else ERROR).validate(answer)
        taken += is_taken

    assert 150 < taken < 850


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.update(height_cm=-3.0),
        lambda row: row.update(height_cm=None),
        lambda row: row.update(height_cm="88"),
        lambda row: row.update(confidence_score=1.2),
        lambda row: row.update(confidence_score=None),
        lambda row: row.update(reasons=["because"]),
        lambda row: row.update(reasons=["blurred"]),
        lambda row: row.update(model_version=""),
        lambda row: row.update(sd={}),
        lambda row: row["intervals"]["height_cm"].pop("80"),
        lambda row: row["intervals"].update(height_cm=None),
        lambda row: row.pop("weight_kg"),
        lambda row: row.update(diagnosis="sam"),
    ],
)
def test_garbage_is_no_response(spoil: Any) -> None:
    row = example("session_rows.response")[0]
    RESPONSE.validate(row)

    spoil(row)

    assert not RESPONSE.is_valid(row)


def test_a_refused_row_has_a_reason_and_no_value() -> None:
    refused = next(row for row in example("session_rows.response") if row["reasons"])
    RESPONSE.validate(refused)

    assert not RESPONSE.is_valid({**refused, "reasons": []})
    assert not RESPONSE.is_valid({**refused, "weight_kg": 9.0})


def test_schema_holds_the_codes_names_and_limits_of_the_code() -> None:
    request, response = schema("request"), schema("response")
    rows = request["$defs"]

    assert rows["session_row"]["properties"]["names"]["const"] == list(feature_names())
    assert set(rows["session_row"]["required"]) == set(rows["session_row"]["properties"]) == SESSION_FIELDS
    assert set(rows["keypoint_row"]["required"]) == KEYPOINT_FIELDS
    assert set(rows["keypoint_row"]["properties"]) == KEYPOINT_FIELDS | KEYPOINT_OPTIONS
    assert [fact["title"] for fact in rows["keypoint_row"]["properties"]["metadata"]["prefixItems"]] == list(METADATA)
    assert request["oneOf"][1]["maxItems"] == response["oneOf"][1]["maxItems"] == MAX_ROWS
    assert set(schema("error")["properties"]["error"]["properties"]["code"]["enum"]) == set(STATUS_OF)
    assert set(response["$defs"]["row"]["properties"]["reasons"]["items"]["enum"]) == {r.value for r in ReasonCode}
    assert math.isclose(UNTOLD_SCALE_SD, 0.1044, abs_tol=5e-5)  # what request.schema.json and docs say in words
