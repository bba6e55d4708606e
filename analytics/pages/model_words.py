"""Figures of measuring models as people read them: value, 95 % interval and n, in the language of the page."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext as _

from analytics.figures.share_svg import percent
from children.growth.survey import Share
from ml_models.evaluation.agreement import Figure

FEW = 30  # pairs or sessions below which a figure says little
NOTHING = "–"


@dataclass(frozen=True)
class FigureRow:
    """One figure: what it is called and means, its value, its interval, and how many it rests on."""

    label: str
    help: str
    value: str
    interval: str
    n: int

    @property
    def is_of_few(self) -> bool:
        """Say whether it rests on too few to say much."""
        return 0 < self.n < FEW


def cm_row(label: str, figure: Figure | None, n: int, *, help: str = "", signed: bool = False) -> FigureRow:
    """Return a figure in cm."""
    return FigureRow(label, help, cm(figure, signed=signed), interval(figure, signed=signed), n)


def plain_row(label: str, figure: Figure | None, n: int, *, help: str = "") -> FigureRow:
    """Return a figure without unit, such as a correlation."""
    value = NOTHING if figure is None else _number(figure.value, 3)
    return FigureRow(label, help, value, _interval_of(figure, 3), n if figure is None else figure.n)


def share_row(label: str, share: Share, *, help: str = "") -> FigureRow:
    """Return a share in percent."""
    return FigureRow(label, help, share_words(share), share_interval(share), share.n)


def cm(figure: Figure | None, *, signed: bool = False) -> str:
    """Return the value of a figure in cm with two decimals, or a dash."""
    return NOTHING if figure is None else f"{_number(figure.value, 2, signed=signed)} cm"


def interval(figure: Figure | None, *, signed: bool = False) -> str:
    """Return the interval of a figure in cm."""
    return _interval_of(figure, 2, signed=signed)


def share_words(share: Share) -> str:
    """Return a share in percent, or a dash."""
    return NOTHING if share.value is None else percent(share.value)


def share_interval(share: Share) -> str:
    """Return the interval of a share in percent."""
    if share.low is None or share.high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": percent(share.low), "high": percent(share.high)}


def _interval_of(figure: Figure | None, decimals: int, *, signed: bool = False) -> str:
    if figure is None or figure.low is None or figure.high is None:
        return ""
    ends = (_number(end, decimals, signed=signed) for end in (figure.low, figure.high))
    return _("%(low)s to %(high)s") % dict(zip(("low", "high"), ends, strict=True))


def _number(value: float, decimals: int, *, signed: bool = False) -> str:
    # Not "-0.00": a value that rounds to nothing has no sign.
    rounded = round(value, decimals) + 0.0
    text = formats.number_format(rounded, decimal_pos=decimals)
    return f"+{text}" if signed and rounded > 0 else text
