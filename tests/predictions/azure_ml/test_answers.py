"""Which answers become an estimate: right as a whole, or not used at all."""

from __future__ import annotations

import json

import pytest

from ml_models import score
from ml_models.quality import ReasonCode
from predictions.backends.endpoint_answer import read_answer
from predictions.backends.reasons import EndpointError
from predictions.feature_rows import features_as_json

VERSION = "proportions-0.2.0"


@pytest.fixture
def answer(film_features, endpoint_server):
    """Return what the scoring script answers for the film, as a test may change it."""
    return json.loads(json.dumps(score.run(json.dumps(features_as_json(film_features)))))


@pytest.fixture
def read(film_features):
    def call(answer):
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return read_answer(body, features=film_features, expected_version=VERSION)

    return call


def refused(read, answer) -> str:
    with pytest.raises(EndpointError) as error:
        read(answer)
    return error.value.reason.value


def test_centimetres_of_the_arm_become_millimetres(answer, read):
    estimate = read(answer)

    assert estimate.muac_mm.mean == pytest.approx(answer["arm_circumference_cm"] * 10)
    assert estimate.muac_mm.sd == pytest.approx(answer["sd"]["arm_circumference_cm"] * 10)
    assert estimate.muac_mm.intervals[90][1] == pytest.approx(answer["intervals"]["arm_circumference_cm"]["90"][1] * 10)
    assert estimate.head_circumference_cm.mean == answer["head_circumference_cm"]


def test_an_arm_sent_in_millimetres_is_refused(answer, read):
    for part in (answer, answer["sd"]):
        part["arm_circumference_cm"] *= 10
    bounds = answer["intervals"]["arm_circumference_cm"]
    answer["intervals"]["arm_circumference_cm"] = {percent: [10 * b for b in pair] for percent, pair in bounds.items()}

    assert refused(read, answer) == "implausible"


@pytest.mark.parametrize("reason", ["unfamiliar_body", "implausible_size", "pose_model_differs"])
def test_a_model_that_gives_no_value_for_a_reason_is_heard(reason, answer, read):
    estimate = read(_without_values(answer) | {"reasons": [reason]})

    assert estimate.height_cm is None
    assert estimate.refused is ReasonCode(reason)


def test_a_reason_that_no_model_can_have_is_refused(answer, read):
    assert refused(read, _without_values(answer) | {"reasons": ["consent_withdrawn"]}) == "schema_mismatch"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[" * 60_000, "not_json"),
        (b'{"height_cm": ' + b"9" * 60_000 + b"}", "not_json"),
        (b"null", "schema_mismatch"),
        (b"[]", "schema_mismatch"),
        (b'"{}"', "schema_mismatch"),
        (b'{"height_cm": 1e999}', "not_finite"),
        (b'{"height_cm": -Infinity}', "not_finite"),
    ],
)
def test_bodies_that_are_no_answer_are_refused(body, reason, read):
    assert refused(read, body) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"height_cm": True}, "schema_mismatch"),
        ({"height_cm": "70"}, "schema_mismatch"),
        ({"height_cm": 0}, "schema_mismatch"),
        ({"confidence_score": 1.5}, "schema_mismatch"),
        ({"extra": 1}, "schema_mismatch"),
        ({"model_version": "proportions-0.2.1"}, "model_version_differs"),
        ({"arm_circumference_cm": None}, "schema_mismatch"),
        ({"height_cm": 1e300}, "implausible"),
    ],
)
def test_answers_with_one_wrong_field_are_refused(change, reason, answer, read):
    assert refused(read, answer | change) == reason


@pytest.mark.parametrize("share", [1e-9, 0.9])
def test_an_error_that_no_measurement_has_is_refused(share, answer, read):
    mean = answer["height_cm"]
    answer["sd"]["height_cm"] = share * mean
    spread = {"50": 0.7, "80": 1.28, "90": 1.64}
    answer["intervals"]["height_cm"] = {
        percent: [mean * (1 - sds * share), mean * (1 + sds * share)] for percent, sds in spread.items()
    }

    assert refused(read, answer) == "implausible"


def test_intervals_that_do_not_lie_in_each_other_are_refused(answer, read):
    bounds = answer["intervals"]["height_cm"]
    bounds["50"], bounds["90"] = bounds["90"], bounds["50"]

    assert refused(read, answer) == "implausible"


@pytest.mark.parametrize(
    ("field", "factor"), [("height_cm", 1.5), ("height_cm", 0.5), ("weight_kg", 3), ("head_circumference_cm", 1.4)]
)
def test_sizes_beyond_whos_limits_for_age_and_sex_are_refused(field, factor, answer, read):
    answer[field] *= factor
    answer["sd"][field] *= factor
    bounds = answer["intervals"][field]
    answer["intervals"][field] = {percent: [factor * b for b in pair] for percent, pair in bounds.items()}

    assert refused(read, answer) == "implausible"


def _without_values(answer):
    nothing = dict.fromkeys(("height_cm", "weight_kg", "arm_circumference_cm", "head_circumference_cm"))
    return answer | nothing | {"confidence_score": None, "sd": nothing, "intervals": nothing}
