"""What a record refuses, with a stable code and a sentence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from children.growth import (
    GrowthInput,
    Index,
    InputSpreads,
    MeasurementError,
    NormalSpread,
    Sex,
    Source,
    assess,
    input_errors,
    measurement_at_z,
    validate_input,
)


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (GrowthInput(weight_kg=0.0), "not_positive", "weight_kg"),
        (GrowthInput(weight_kg=-3.0), "not_positive", "weight_kg"),
        (GrowthInput(weight_kg=math.nan), "not_finite", "weight_kg"),
        (GrowthInput(length_height_cm=math.inf), "not_finite", "length_height_cm"),
        (GrowthInput(weight_kg=9100.0), "out_of_limits", "weight_kg"),
        (GrowthInput(length_height_cm=0.8), "out_of_limits", "length_height_cm"),
        (GrowthInput(muac_mm=13.5), "out_of_limits", "muac_mm"),
        (GrowthInput(head_circumference_cm=460.0), "out_of_limits", "head_circumference_cm"),
        (GrowthInput(age_days=-1), "negative_age", "age_days"),
        (GrowthInput(age_days=8000), "age_out_of_limits", "age_days"),
        (GrowthInput(gestation_days=30), "gestation_out_of_limits", "gestation_days"),
        (GrowthInput(source=Source.SCAN, length_height_cm=80.0), "sd_missing", "spreads"),
        (
            GrowthInput(length_height_cm=80.0, spreads=InputSpreads(length_height_cm=NormalSpread(31.0))),
            "out_of_limits",
            "spreads",
        ),
    ],
)
def test_record_refuses(data: GrowthInput, code: str, field: str) -> None:
    with pytest.raises(MeasurementError) as error:
        assess(data)

    assert (error.value.code, error.value.field) == (code, field)
    assert error.value.message.endswith(".")


def test_all_errors_are_listed_for_a_form() -> None:
    errors = input_errors(GrowthInput(weight_kg=0.0, muac_mm=13.5, age_days=-1))

    assert [error.code for error in errors] == ["not_positive", "out_of_limits", "negative_age"]


def test_message_says_value_limits_and_what_to_do() -> None:
    (error,) = input_errors(GrowthInput(muac_mm=13.5))

    assert error.message == (
        "The arm circumference is 13.5 mm; accepted are 40-600 mm. Check the unit and measure again."
    )


def test_empty_input_is_accepted() -> None:
    validate_input(GrowthInput())
    assert assess(GrowthInput()).zscores == {}


@pytest.mark.parametrize("age_days", [0, 90, 365, 1000, 1826])
@pytest.mark.parametrize("z", [-5.9, 0.0, 4.9])
def test_every_plausible_child_is_accepted(age_days: int, z: float) -> None:
    for index, field in ((Index.WAZ, "weight_kg"), (Index.HAZ, "length_height_cm")):
        value = float(measurement_at_z(index, sex=Sex.FEMALE, at=age_days, z=z)[0])
        validate_input(replace(GrowthInput(), **{field: value}))
