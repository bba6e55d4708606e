"""A survey as columns: measurements, their z-scores, the design of the sample and the groups that are asked about.

Checks the input and computes the z-scores once; what is estimated from them is decided in `prevalence.py`,
`quality.py` and `concordance.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from children.growth.age import DAYS_PER_MONTH
from children.growth.columns import BoolArray, CodeArray, Columns, FloatArray
from children.growth.errors import MeasurementError
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.types import Index, Standard

IntArray = npt.NDArray[np.intp]
LabelWords = Sequence[str | float | None] | npt.NDArray[np.generic]

MISSING_LABEL = -1

# Words that say "no label". Source: files of WHO Anthro, which are written by R.
MISSING_WORDS = frozenset({"", "NA"})


class Grouping(StrEnum):
    """Groups that a survey may record besides age and sex; WHO's parameter is named behind each."""

    AREA = "area"  # typeres
    REGION = "region"  # gregion
    WEALTH = "wealth"  # wealthq: 1-5 or Q1-Q5, poorest first
    EDUCATION = "education"  # mothered
    OTHER = "other"  # othergr


@dataclass(frozen=True, slots=True)
class Labels:
    """One label per row: codes, shape (n,), point into names; MISSING_LABEL where there is none."""

    names: tuple[str, ...]
    codes: IntArray

    @classmethod
    def of(cls, words: LabelWords) -> Labels:
        """Return words as labels. None, NaN, an empty word and "NA" are missing; 3 and 3.0 are the word "3"."""
        if isinstance(words, np.ndarray) and words.dtype.kind in "iuf":
            return cls._of_numbers(words.astype(np.float64))
        names: dict[str, int] = {}
        known: dict[str | float | None, int] = {}
        codes = np.empty(len(words), dtype=np.intp)
        for row, word in enumerate(words.tolist() if isinstance(words, np.ndarray) else words):
            code = known.get(word)
            if code is None:
                text = _text(word)
                code = MISSING_LABEL if text in MISSING_WORDS else names.setdefault(text, len(names))
                known[word] = code
            codes[row] = code
        return cls(tuple(names), codes)

    @classmethod
    def _of_numbers(cls, numbers: FloatArray) -> Labels:
        values, codes = np.unique(numbers, return_inverse=True)
        codes = codes.astype(np.intp)
        missing = np.isnan(values)
        codes[missing[codes]] = MISSING_LABEL
        return cls(tuple(_text(value) for value in values[~missing].tolist()), codes)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A sample of children; every array has one entry per row of `columns`.

    zscores: by `standard`, blanked by oedema as WHO does. sampling_weight: float64, >= 0, NaN where missing; None: all
    children count alike. cluster: primary sampling units, nested in strata. groupings: see Grouping.
    """

    standard: Standard
    columns: Columns
    zscores: ZScoreTable
    sampling_weight: FloatArray | None
    cluster: Labels | None
    strata: Labels | None
    groupings: Mapping[Grouping, Labels]

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def sex(self) -> CodeArray:
        """Return 0 missing, 1 boy, 2 girl."""
        return self.columns.sex

    @property
    def oedema(self) -> BoolArray:
        """Return who has bilateral pitting oedema; not examined is no."""
        return self.columns.oedema

    @property
    def age_days(self) -> FloatArray:
        """Return the unrounded ages in days, NaN where missing."""
        return self.columns.age_days

    @property
    def age_months(self) -> FloatArray:
        """Return the unrounded ages in months of 30.4375 days, NaN where missing."""
        return self.columns.age_days / DAYS_PER_MONTH

    def plausible(self, index: Index) -> FloatArray:
        """Return the z-scores of one index, NaN where missing or flagged."""
        return plausible_zscores(self.zscores, index)


def survey_of(
    columns: Columns,
    *,
    standard: Standard,
    sampling_weight: FloatArray | Sequence[float] | None = None,
    cluster: LabelWords | None = None,
    strata: LabelWords | None = None,
    groupings: Mapping[str, LabelWords] = MappingProxyType({}),
) -> Survey:
    """Return a survey with its z-scores computed.

    sampling_weight: > 0, in any unit; NaN or 0 leaves a child out of every estimate, as WHO does.
    Raises MeasurementError with the codes survey_lengths_differ, negative_sampling_weight, infinite_sampling_weight,
    no_sampling_weight (all are missing or 0), unknown_grouping.
    """
    n = len(columns)
    weight = None if sampling_weight is None else _checked_weight(sampling_weight, n)
    return Survey(
        standard=standard,
        columns=columns,
        zscores=compute_zscores(columns, standard=standard),
        sampling_weight=weight,
        cluster=None if cluster is None else checked_labels(cluster, n, field="cluster"),
        strata=None if strata is None else checked_labels(strata, n, field="strata"),
        groupings={_checked_grouping(name): checked_labels(words, n, field=name) for name, words in groupings.items()},
    )


def plausible_zscores(table: ZScoreTable, index: Index) -> FloatArray:
    """Return the z-scores of one index, NaN where missing or flagged."""
    z = table.column(index)
    if index not in table.indices:
        return z
    return np.where(table.flagged[table.indices.index(index)], np.nan, z)


def checked_labels(words: LabelWords, n: int, *, field: str) -> Labels:
    """Return the labels of n rows; raises MeasurementError("survey_lengths_differ") naming the field."""
    _check_length(len(words), n, field=field)
    return Labels.of(words)


def _text(word: object) -> str:
    if word is None or (isinstance(word, float) and isnan(word)):
        return ""
    if isinstance(word, float) and word.is_integer():
        return str(int(word))
    return str(word)


def _checked_weight(sampling_weight: FloatArray | Sequence[float], n: int) -> FloatArray:
    weight = np.asarray(sampling_weight, dtype=np.float64)
    _check_length(len(weight), n, field="sampling_weight")
    if (weight < 0).any():
        raise MeasurementError(
            "negative_sampling_weight",
            "A sampling weight is negative. Weights are 0 or more; correct the file.",
            field="sampling_weight",
        )
    if np.isinf(weight).any():
        raise MeasurementError(
            "infinite_sampling_weight",
            "A sampling weight is infinite. Weights are numbers of 0 or more; correct the file.",
            field="sampling_weight",
        )
    if n and not (weight > 0).any():
        raise MeasurementError(
            "no_sampling_weight",
            "All sampling weights are missing or 0. Give the weights, or leave the column out to count all alike.",
            field="sampling_weight",
        )
    return weight


def _checked_grouping(name: str) -> Grouping:
    try:
        return Grouping(name)
    except ValueError:
        known = ", ".join(Grouping)
        raise MeasurementError(
            "unknown_grouping", f'There is no grouping "{name}". Known are {known}.', field=name
        ) from None


def _check_length(found: int, n: int, *, field: str) -> None:
    if found != n:
        raise MeasurementError(
            "survey_lengths_differ",
            f"The column {field} has {found} rows, the measurements have {n}. Give one value per child.",
            field=field,
        )
