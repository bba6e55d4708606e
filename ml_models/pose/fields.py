"""Strict reading of one JSON object: every field has a type and bounds, and none is left unread.

Errors name the file and the path of the field. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Any, TypeVar

from ml_models.pose import PoseBackendError

Choice = TypeVar("Choice", bound=StrEnum)
Part = TypeVar("Part")
_REQUIRED: Any = object()


class Fields:
    """The fields of one object. Leaving the `with` block refuses what nobody asked for."""

    def __init__(self, content: object, *, place: str) -> None:
        self._place = place
        if not isinstance(content, dict):
            raise PoseBackendError(f"{place} must be a JSON object.", code="description_invalid")
        self._content: dict[str, Any] = content
        self._asked: set[str] = set()

    def __enter__(self) -> Fields:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unknown = sorted(set(self._content) - self._asked)
        if error is None and unknown:
            raise self.error(
                unknown[0], f"is not a field that belongs here; known are {', '.join(sorted(self._asked))}"
            )

    def error(self, name: str, problem: str) -> PoseBackendError:
        """Return the refusal of one field."""
        return PoseBackendError(f"{self._place}: {name} {problem}.", code="description_invalid")

    def text(self, name: str, pattern: str, *, default: Any = _REQUIRED) -> str:
        """Return a text that matches the whole `pattern`."""
        value = self._get(name, default)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.error(name, f"must be a text like {pattern}, not {_shown(value)}")
        return value

    def optional_text(self, name: str, pattern: str) -> str | None:
        """Return a text, None where the field is absent or null."""
        return None if self._get(name, None) is None else self.text(name, pattern)

    def boolean(self, name: str) -> bool:
        """Return true or false."""
        value = self._get(name, _REQUIRED)
        if not isinstance(value, bool):
            raise self.error(name, f"must be true or false, not {_shown(value)}")
        return value

    def integer(self, name: str, low: int, high: int, *, default: Any = _REQUIRED) -> int:
        """Return a whole number from `low` to `high`."""
        value = self._get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(name, f"must be a whole number from {low} to {high}, not {_shown(value)}")
        return value

    def number(self, name: str, low: float, high: float, *, default: Any = _REQUIRED) -> float:
        """Return a number from `low` to `high`."""
        value = self._get(name, default)
        if not _is_number(value, low, high):
            raise self.error(name, f"must be a number from {low:g} to {high:g}, not {_shown(value)}")
        return float(value)

    def numbers(self, name: str, count: int, low: float, high: float) -> list[float]:
        """Return `count` numbers from `low` to `high`."""
        value = self._get(name, _REQUIRED)
        if not isinstance(value, list) or len(value) != count or not all(_is_number(v, low, high) for v in value):
            raise self.error(name, f"must be {count} numbers from {low:g} to {high:g}, not {_shown(value)}")
        return [float(number) for number in value]

    def choice(self, name: str, kinds: type[Choice], *, default: Any = _REQUIRED) -> Choice:
        """Return one of an enum's values."""
        value = self._get(name, default)
        if not isinstance(value, str) or value not in set(kinds):
            raise self.error(name, f"must be one of {', '.join(kinds)}, not {_shown(value)}")
        return kinds(value)

    def within(self, name: str, read: Callable[[Fields], Part]) -> Part:
        """Return what `read` makes of the object in a field."""
        with Fields(self._get(name, _REQUIRED), place=f"{self._place}: {name}") as inner:
            return read(inner)

    def _get(self, name: str, default: Any) -> Any:
        self._asked.add(name)
        value = self._content.get(name, default)
        if value is _REQUIRED:
            raise self.error(name, "is missing")
        return value


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _shown(value: object) -> str:
    """Return a value as it may stand in a sentence, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
