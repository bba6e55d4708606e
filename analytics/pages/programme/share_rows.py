"""Rows of tables of shares, as people read them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.figures.share_svg import percent
from analytics.pages.programme.page import FEW
from children.growth.survey import Share


@dataclass(frozen=True)
class ShareRow:
    """One row of a table: whose share, as a person reads it."""

    label: str
    share: Share

    @property
    def value(self) -> str:
        """The share in percent, or a dash."""
        return "–" if self.share.value is None else percent(self.share.value)

    @property
    def interval(self) -> str:
        """The 95 % interval in percent."""
        if self.share.low is None or self.share.high is None:
            return ""
        return _("%(low)s to %(high)s") % {"low": percent(self.share.low), "high": percent(self.share.high)}

    @property
    def is_of_few(self) -> bool:
        """Say whether there are too few children for the share to say much."""
        return 0 < self.share.n < FEW
