"""A person who has no mouse: Tab, Enter, Space, arrows and letters, and a focus that can be seen at every step."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

MOST_TABS = 120  # further than this nobody looks for a field
# What the eye has of the focus: an outline, or for a hidden tick the frame of its label.
SEES_FOCUS = """element => {
  const shown = [element, element.closest("label")].filter(Boolean);
  return element.matches(":focus-visible") && shown.some(one => {
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 1 && box.height > 1;
  });
}"""
IS_FOCUSED = "element => element === document.activeElement"


class Keyboard:
    """The keys of one page; `unseen` names each place where the focus could not be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def reach(self, target: Locator) -> None:
        """Press Tab until `target` has the focus. Raises AssertionError where it never comes."""
        target.wait_for(state="attached")
        for _tab in range(MOST_TABS):
            if target.evaluate(IS_FOCUSED):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"Tab does not reach {target}")
        if not target.evaluate(SEES_FOCUS):
            self.unseen.append(f"{self.page.url}: {target}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Go to a link or button and press `key` on it."""
        self.reach(target)
        self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Go to a field and write `text` in the place of what it holds."""
        self.reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, target: Locator, *arrows: str) -> None:
        """Go to the radio button that Tab stops at and move on by arrows; without any, tick it by Space."""
        self.reach(target)
        for key in arrows or ("Space",):
            self.page.keyboard.press(key)
