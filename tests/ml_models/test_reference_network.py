"""The reference network is built as it is specified, layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ml_models.networks.reference import (
    INPUTS,
    KEYPOINT_INPUTS,
    METADATA,
    OUTPUTS,
    ReferenceNetwork,
    predict_quantities,
)
from ml_models.networks.reference_inputs import input_names


def described(layers: nn.Sequential) -> list[tuple[object, ...]]:
    """Kind and size of every layer."""
    found: list[tuple[object, ...]] = []
    for layer in layers:
        match layer:
            case nn.Linear():
                found.append(("linear", layer.in_features, layer.out_features))
            case nn.BatchNorm1d():
                found.append(("batch norm", layer.num_features))
            case nn.Dropout():
                found.append(("dropout", layer.p))
            case _:
                found.append((type(layer).__name__.lower(),))
    return found


def test_pose_encoder():
    assert described(ReferenceNetwork().pose) == [
        ("linear", 66, 128), ("relu",), ("batch norm", 128), ("dropout", 0.3), ("linear", 128, 64), ("relu",),
    ]  # fmt: skip


def test_metadata_encoder():
    assert described(ReferenceNetwork().metadata) == [("linear", 9, 32), ("relu",), ("linear", 32, 16)]


def test_predictor():
    assert described(ReferenceNetwork().predictor) == [
        ("linear", 80, 256), ("relu",), ("batch norm", 256), ("dropout", 0.4), ("linear", 256, 128), ("relu",),
        ("linear", 128, 4),
    ]  # fmt: skip


def test_number_of_weights():
    assert sum(weights.numel() for weights in ReferenceNetwork().parameters()) == 72_596


def test_inputs_are_33_keypoints_and_nine_facts():
    names = input_names()

    assert len(names) == INPUTS == 75
    assert names[:3] == ("keypoint_0_x", "keypoint_0_y", "keypoint_1_x")
    assert names[KEYPOINT_INPUTS - 1] == "keypoint_32_y"
    assert names[KEYPOINT_INPUTS:] == METADATA


def test_outputs_are_four_sizes_arms_in_centimetres():
    assert OUTPUTS == ("height_cm", "weight_kg", "arm_circumference_cm", "head_circumference_cm")
    assert ReferenceNetwork().eval()(torch.zeros(5, INPUTS)).shape == (5, 4)


def test_arms_leave_in_millimetres():
    network = ReferenceNetwork().eval()
    rows = np.zeros((1, INPUTS))

    outputs = network(torch.zeros(1, INPUTS)).detach().numpy()[0]

    assert predict_quantities(network, rows)[0] == pytest.approx(outputs * [1, 1, 10, 1], rel=1e-6)


def test_missing_inputs_count_as_the_training_mean():
    network = ReferenceNetwork().eval()
    training = torch.randn(50, INPUTS, generator=torch.Generator().manual_seed(1)) * 3 + 5
    network.fit_scaling(training, torch.randn(50, 4, generator=torch.Generator().manual_seed(2)))
    at_mean = training[:1].clone()
    at_mean[0, 68] = network.input_mean[68]
    missing = at_mean.clone()
    missing[0, 68] = float("nan")

    torch.testing.assert_close(network(missing), network(at_mean))


def test_scaling_ignores_what_is_missing_in_training():
    network = ReferenceNetwork()
    training = torch.zeros(4, INPUTS)
    training[:, 0] = torch.tensor([1.0, 3.0, float("nan"), float("nan")])
    network.fit_scaling(training, torch.zeros(4, 4))

    assert float(network.input_mean[0]) == pytest.approx(2.0)
    assert float(network.input_scale[0]) == pytest.approx(1.0)


def test_targets_scale_the_outputs_to_their_units():
    network = ReferenceNetwork().eval()
    targets = torch.tensor([[80.0, 10.0, 14.0, 46.0], [100.0, 14.0, 16.0, 50.0]])
    rows = torch.zeros(2, INPUTS)
    network.fit_scaling(rows, targets)

    nn.init.zeros_(network.predictor[-1].weight)
    nn.init.zeros_(network.predictor[-1].bias)

    torch.testing.assert_close(network(rows), targets.mean(dim=0).expand(2, 4))
