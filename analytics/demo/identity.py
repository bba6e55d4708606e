"""Ids and codes that follow from the seed, so that two loads with one seed give the same children."""

from __future__ import annotations

import uuid

import numpy as np

from children.models import CODE_ALPHABET

DEFAULT_SEED = 2026
_NAMESPACE = uuid.UUID("6f0d3a52-5b43-4d0c-9c0e-1f1a8f6f2c11")
_CODE_LETTERS = 8


def demo_uuid(seed: int, *parts: object) -> uuid.UUID:
    """Return the id of one thing of the demo: `demo_uuid(2026, "child", 7)`."""
    return uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in (seed, *parts)))


def demo_code(seed: int, number: int) -> str:
    """Return the code of the demo's child `number`, of the form that registration draws at random."""
    rest = demo_uuid(seed, "code", number).int
    letters = []
    for _letter in range(_CODE_LETTERS):
        rest, place = divmod(rest, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[place])
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def generator(seed: int, number: int) -> np.random.Generator:
    """Return the source of chance of one child: another story added later changes no other child."""
    return np.random.default_rng([seed, number])
