"""The price list: `prices.json` beside this file, or parts of it replaced by a file of one's own."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgm_portal.errors import DomainError

BUNDLED = Path(__file__).parent / "prices.json"


@dataclass(frozen=True)
class Price:
    """What one unit of one meter costs. `free_per_month` units cost nothing; `seen`: where the figure was read."""

    key: str
    usd: float
    per: str
    free_per_month: float
    service: str
    meter: str
    list: str
    seen: str

    def cost(self, units: float) -> float:
        """Return US dollars for `units` of a month."""
        return max(0.0, units - self.free_per_month) * self.usd


@dataclass(frozen=True)
class PriceList:
    """Prices by key, and where and when they were taken down."""

    dated: str
    currency: str
    region: str
    terms: str
    origin: str
    prices: dict[str, Price]
    changed: tuple[str, ...] = ()  # keys that a file of one's own replaced

    @property
    def unverified(self) -> list[str]:
        """Return the keys of prices that nobody has compared with a published page."""
        return [key for key, price in self.prices.items() if not price.seen and key not in self.changed]


def load_prices(overrides: Path | None = None) -> PriceList:
    """Return the bundled list, with `items` of the file `overrides` in place of ours: {"items": {key: {"usd": 1.2}}}.

    Raises DomainError("prices_unreadable", "unknown_price", "bad_price").
    """
    bundled = _read(BUNDLED)
    items: dict[str, dict[str, Any]] = bundled.pop("items")
    changed = _read(overrides).get("items", {}) if overrides else {}
    for key, fields in changed.items():
        if key not in items:
            raise DomainError("unknown_price", f"There is no price {key!r}. Known: {', '.join(sorted(items))}.")
        items[key] |= {"usd": _usd(key, fields)}
    prices = {key: Price(key=key, **fields) for key, fields in items.items()}
    return PriceList(prices=prices, changed=tuple(changed), **bundled)


def _usd(key: str, fields: Any) -> float:
    usd = fields.get("usd") if isinstance(fields, dict) else None
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not math.isfinite(usd) or usd < 0:
        raise DomainError("bad_price", f'{key} must be {{"usd": number}} with a number of 0 or more.')
    return float(usd)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DomainError("prices_unreadable", f"{path} cannot be read as JSON.") from error
    if not isinstance(content, dict) or not isinstance(content.get("items", {}), dict):
        raise DomainError("prices_unreadable", f'{path} must be an object with "items".')
    return content
