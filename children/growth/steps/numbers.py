"""How the formulas of the steps print numbers: enough digits to follow the sum, and a typographic minus."""

from __future__ import annotations

import math

from children.growth.indices import Z_DECIMALS

PRINTED_DIGITS = 8


def number(value: float) -> str:
    """Return a number with 8 significant digits and a typographic minus."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value + 0.0:.{PRINTED_DIGITS}g}".replace("-", "−")


def z_text(z: float) -> str:
    """Return a rounded z-score with its two decimals; absurd ones as `number` does."""
    text = f"{z + 0.0:.{Z_DECIMALS}f}" if abs(z) < 10**PRINTED_DIGITS else number(z)
    return text.replace("-", "−")


def bracketed(text: str) -> str:
    """Put a negative number into brackets."""
    return f"({text})" if text.startswith("−") else text
