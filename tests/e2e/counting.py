"""A page on which every interaction of a person counts: a click, a filled field, a choice, a pressed key."""

from __future__ import annotations

from playwright.sync_api import Locator


class CountedHands:
    """Does to a page what a person does, and keeps the list of it in `done`."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def click(self, target: Locator) -> None:
        """Press a link, a button, a tick or a choice."""
        self._note("click", target)
        target.click()

    def fill(self, target: Locator, text: str) -> None:
        """Write into one field, whatever the length."""
        self._note("fill", target)
        target.fill(text)

    def _note(self, what: str, target: Locator) -> None:
        self.done.append(f"{what} {target}")
