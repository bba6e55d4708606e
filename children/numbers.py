"""Numbers as a page of the active language prints them: 9.4 in English, 9,4 in French.

For people alone. CSV, JSON, data- attributes and coordinates of drawings are written with a point in every language.
"""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.formats import get_format

# A point between two digits; a comma before three.
_MARK = re.compile(r"(?<=\d)(\.(?=\d)|,(?=\d{3}(?!\d)))")


def printed_number(value: float | Decimal, form: str = "g") -> str:
    """Return `value` by a format of Python (".1f", "+.2f", ","), with the marks of the active language.

    Only forms without the percent sign: `printed_percent` knows its space.
    """
    return with_marks(format(value, form))


def with_marks(text: str) -> str:
    """Return a text with the numbers in it, written 1,234.5, by the marks of the active language."""
    decimal, thousand = get_format("DECIMAL_SEPARATOR"), get_format("THOUSAND_SEPARATOR")
    return _MARK.sub(lambda mark: decimal if mark.group() == "." else thousand, text)


def printed_percent(share: float, *, decimals: int = 0) -> str:
    """Return a share of 0-1 as percent, 12.5 %, the sign kept on the line of the number."""
    return f"{printed_number(share * 100, f'.{decimals}f')}\N{NO-BREAK SPACE}%"
