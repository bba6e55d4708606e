"""The columns that a file gets, as text: WHO Anthro's and AnthroPlus's names, order and words.

Numbers have all their digits (Python's repr), missing is an empty cell. Source of names and meanings: R packages anthro
1.1.0 and anthroplus 1.0.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from children.growth.columns import BOY_CODE, GIRL_CODE, HEIGHT_CODE, LENGTH_CODE, Columns
from children.growth.files.fields import normal_name
from children.growth.indices import ZScoreTable, compute_zscores
from children.growth.parity.who_answers import COLUMN_NAMES, RAW_SUFFIX
from children.growth.types import Index, Standard

FloatArray = npt.NDArray[np.float64]
TextColumn = list[str]

KEPT_PREFIX = "input_"

# z-scores have two decimals, so nearly all are among these texts: -99.99 to 99.99, and empty for missing.
_TABLE_END = 9_999
_Z_TEXTS = np.array(
    [repr(k / 100).removesuffix(".0") if k else "0" for k in range(-_TABLE_END, _TABLE_END + 1)] + [""], dtype=object
)
_SEX_TEXTS = np.array(["", str(BOY_CODE), str(GIRL_CODE)], dtype=object)
_POSITION_TEXTS = np.array(["", "", ""], dtype=object)
_POSITION_TEXTS[[LENGTH_CODE, HEIGHT_CODE]] = ["l", "h"]
_YES_NO_TEXTS = np.array(["n", "y"], dtype=object)
_FLAG_TEXTS = np.array(["0", "1", ""], dtype=object)
_MISSING_FLAG = 2


def answer_names(standards: Sequence[Standard], *, with_raw: bool) -> tuple[str, ...]:
    """Return the names of the columns in the order of `answer_texts`."""
    nobody = Columns.of(sex=np.zeros(0, dtype=np.int8), age_days=np.zeros(0))
    return tuple(answer_texts(nobody, standards, with_raw=with_raw))


def answer_texts(columns: Columns, standards: Sequence[Standard], *, with_raw: bool) -> dict[str, TextColumn]:
    """Return the answers to some measurements by name, each a text per row.

    Of the two names that both standards have WHO 2006's column stands: `csex` is the same in both, `cbmi` is made with
    the converted length.
    """
    texts: dict[str, TextColumn] = {}
    raw: dict[str, TextColumn] = {}
    for standard in standards:
        table = compute_zscores(columns, standard=standard)
        texts |= (
            _texts_of_2006(columns, table) if standard is Standard.WHO2006 else _texts_of_2007(columns, table, texts)
        )
        if with_raw:
            raw |= {name + RAW_SUFFIX: _number_texts(_raw(table, i)) for i, (name, _) in _names(standard).items()}
    return texts | raw


def kept_names(header: Sequence[str], ours: Sequence[str]) -> tuple[str, ...]:
    """Return the header with every name that one of ours takes changed to `input_NAME`, or `input_NAME_2` and so on."""
    taken = {normal_name(name) for name in ours}
    used = taken | {normal_name(name) for name in header}
    kept = []
    for name in header:
        new = name
        if normal_name(name) in taken:
            base = new = KEPT_PREFIX + name.strip()
            number = 2
            while normal_name(new) in used:
                new = f"{base}_{number}"
                number += 1
            used.add(normal_name(new))
        kept.append(new)
    return tuple(kept)


def _texts_of_2006(columns: Columns, table: ZScoreTable) -> dict[str, TextColumn]:
    # WHO Anthro forgets a position that cannot be true.
    position = np.where(table.implausible_position, 0, columns.position)
    texts: dict[str, TextColumn] = {
        "clenhei": _number_texts(table.length_height_cm),
        "cmeasure": _POSITION_TEXTS[position].tolist(),
        "c9mo_flag": _FLAG_TEXTS[table.implausible_position.astype(np.intp)].tolist(),
        "cbmi": _number_texts(table.bmi),
        "csex": _sex_texts(columns),
    }
    for index, (name, flag_name) in _names(Standard.WHO2006).items():
        texts[name] = _z_texts(table.column(index))
        texts[flag_name] = _flag_texts(table, index)
    return texts


def _texts_of_2007(columns: Columns, table: ZScoreTable, of_2006: Mapping[str, TextColumn]) -> dict[str, TextColumn]:
    names = _names(Standard.WHO2007)
    return {
        "csex": of_2006.get("csex") or _sex_texts(columns),
        "coedema": _YES_NO_TEXTS[columns.oedema.astype(np.intp)].tolist(),
        "cbmi": of_2006.get("cbmi") or _number_texts(table.bmi),
        **{name: _z_texts(table.column(index)) for index, (name, _) in names.items()},
        **{flag_name: _flag_texts(table, index) for index, (_, flag_name) in names.items()},
    }


def _names(standard: Standard) -> dict[Index, tuple[str, str]]:
    """Return the names of z-score and flag by index, in WHO's order."""
    return {
        index: (name, flag_name)
        for index, (name, flag_name) in COLUMN_NAMES[standard].items()
        if isinstance(index, Index) and flag_name is not None
    }


def _sex_texts(columns: Columns) -> TextColumn:
    texts: TextColumn = _SEX_TEXTS[columns.sex].tolist()
    return texts


def _raw(table: ZScoreTable, index: Index) -> FloatArray:
    if index not in table.indices:
        return table.column(index)
    raw: FloatArray = table.raw[table.indices.index(index)]
    return raw


def _z_texts(z: FloatArray) -> TextColumn:
    hundredths = np.rint(z * 100.0)
    in_table = np.abs(hundredths) <= _TABLE_END
    slots = np.where(in_table, hundredths + _TABLE_END, len(_Z_TEXTS) - 1).astype(np.intp)
    texts: TextColumn = _Z_TEXTS[slots].tolist()
    beyond = np.flatnonzero(~in_table & ~np.isnan(z))
    for row, text in zip(beyond.tolist(), _number_texts(z[beyond]), strict=True):
        texts[row] = text
    return texts


def _flag_texts(table: ZScoreTable, index: Index) -> TextColumn:
    flags = np.nan_to_num(table.flag_column(index), nan=_MISSING_FLAG).astype(np.intp)
    texts: TextColumn = _FLAG_TEXTS[flags].tolist()
    return texts


def _number_texts(numbers: FloatArray) -> TextColumn:
    return ["" if text == "nan" else text.removesuffix(".0") for text in map(repr, numbers.tolist())]
