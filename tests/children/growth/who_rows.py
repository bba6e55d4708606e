"""WHO's own rows of 0-5 years by short names, for tests that ask for nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from children.growth.columns import Columns
from children.growth.parity.who_answers import who_answers
from children.growth.types import Standard


def numbers(name: str) -> npt.NDArray[np.float64]:
    """Return one column as numbers; missing is NaN."""
    return who_answers(Standard.WHO2006).numbers(name)


def who_columns() -> Columns:
    """Return the inputs of the file as the core takes them."""
    return who_answers(Standard.WHO2006).columns
