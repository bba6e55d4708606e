"""Many pairs: teach the last layers of our network on children measured by hand, and stop in time.

The scale's error is part of what a pair shows, so it is part of the loss; the first layers, which know how bodies look
to the pose model, stay as they are.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from ml_models.networks.proportions import ProportionsNetwork, network_inputs
from ml_models.training.pairs import PairRows
from ml_models.training.recalibration import Weights, ratio_variance, true_ratios


@dataclass(frozen=True)
class AdaptationConfig:
    """Everything that decides a fine-tuning besides base and pairs. `hold_back`: how strongly the weights are drawn to
    those of the base; `patience`: epochs without gain on the stopping children."""

    seed: int = 20261
    learning_rate: float = 3e-3
    epochs: int = 1000
    patience: int = 50
    hold_back: float = 1e-2
    teach_share: float = 0.6
    stop_share: float = 0.15


@dataclass(frozen=True)
class Lesson:
    """`inputs`: of the network, (n, inputs); `ratios`: true log ratios, (n, 4), NaN where not measured; `variance`: how
    far they should be off, squared, (n, 4)."""

    inputs: Tensor
    ratios: Tensor
    variance: Tensor


def fine_tuned(weights: Weights, teach: PairRows, stop: PairRows, config: AdaptationConfig) -> Weights:
    """Return `weights` with last layers taught on `teach`, each member kept where it does best on `stop`."""
    torch.manual_seed(config.seed)
    lesson, check = _lesson(weights, teach), _lesson(weights, stop)
    return weights.with_members([_taught(member, lesson, check, config) for member in weights.members()])


def _taught(member: ProportionsNetwork, lesson: Lesson, check: Lesson, config: AdaptationConfig) -> ProportionsNetwork:
    last = [*member.straight.parameters(), *member.hidden[-1].parameters()]
    start = [parameter.detach().clone() for parameter in last]
    optimizer = torch.optim.Adam(last, lr=config.learning_rate)
    best, best_state, waited = _loss(member, check).item(), copy.deepcopy(member.state_dict()), 0
    for _epoch in range(config.epochs):
        optimizer.zero_grad()
        drift = sum((torch.sum((now - then) ** 2) for now, then in zip(last, start, strict=True)), torch.zeros(()))
        (_loss(member, lesson) + config.hold_back * drift).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        score = _loss(member, check).item()
        if score < best:
            best, best_state, waited = score, copy.deepcopy(member.state_dict()), 0
        else:
            waited += 1
            if waited > config.patience:
                break
    member.load_state_dict(best_state)
    return member


def _lesson(weights: Weights, rows: PairRows) -> Lesson:
    inputs = network_inputs(rows.values, rows.is_girl, rows.age_days, rows.is_lying)
    columns = (inputs, true_ratios(rows), ratio_variance(weights.manifest, rows))
    return Lesson(*(torch.as_tensor(column, dtype=torch.float32) for column in columns))


def _loss(member: ProportionsNetwork, lesson: Lesson) -> Tensor:
    """Mean squared error in SDs; what was not measured does not count."""
    known = ~torch.isnan(lesson.ratios)
    error = torch.where(known, lesson.ratios - member(lesson.inputs), 0.0)
    return torch.sum(error**2 / lesson.variance) / torch.sum(known)
