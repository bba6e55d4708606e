"""Cells of an export: text that no spreadsheet runs as a formula, numbers and dates left as they are."""

from __future__ import annotations

import re
import unicodedata

# Source: OWASP, CSV injection; the full-width forms are folded by some spreadsheets when a file is opened.
_FORMULA_STARTS = "=+\\-@＝＋－＠"
# At the beginning, behind blanks and signs that are not shown, and where another locale's separator (semicolon, tab,
# line break) would begin a cell.
_DANGEROUS = re.compile(rf"(^|[;\t\r\n|])([\s\"'\u200b-\u200f\u2060\ufeff]*)([{_FORMULA_STARTS}])")
_CONTROLS_AT_START = ("\t", "\r", "\n")
GUARD = "'"


def safe_text(text: str) -> str:
    """Return `text` so that no cell of it begins a formula; an apostrophe stands before what would.

    Only for text: numbers are written as numbers, a negative z-score keeps its sign.
    """
    plain = "".join(sign for sign in text if unicodedata.category(sign) != "Cc" or sign in "\t\r\n")
    guarded = _DANGEROUS.sub(rf"\g<1>\g<2>{GUARD}\g<3>", plain)
    if guarded != plain and not plain.lstrip("\ufeff").startswith(tuple("=+-@＝＋－＠")):
        return GUARD + guarded
    return GUARD + guarded if guarded.startswith(_CONTROLS_AT_START) else guarded
