"""Reads a page as a person does and as a program does: its words, and the numbers in its attributes."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

# Attributes that are read aloud or shown, and elements whose text nobody reads.
SPOKEN = {"aria-label", "alt", "title", "placeholder", "data-label"}
UNREAD = {"script", "style", "code", "pre"}
# Attributes that a browser reads as one number.
COORDINATES = {"x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "width", "height", "min", "max", "step"}
COORDINATES |= {"font-size", "stroke-width", "max-value", "data-x", "data-y"}
LISTS = {"points", "viewbox", "d", "transform"}  # numbers side by side
NUMBER = re.compile(r"-?\d*\.?\d+(e-?\d+)?(px|mm|cm|em|rem|%)?")
COMMA_INSIDE_ONE_OF_THREE = re.compile(r"\d,\d+,\d")  # 1,5,2 for the pair 1.5,2


class PageReader(HTMLParser):
    """`words`: every text and spoken attribute; `bad_numbers`: attributes that a browser could not read."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.bad_numbers: list[str] = []
        self._within: list[str] = []
        self._is_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note spoken attributes and check those that hold numbers."""
        given = {name: value or "" for name, value in attrs}
        if tag in UNREAD:
            self._within.append(tag)
        self._is_data = tag == "script" and given.get("type") == "application/json"
        for name, value in given.items():
            if name in SPOKEN:
                self.words.append(value)
            unreadable = name in COORDINATES and value and not NUMBER.fullmatch(value) and value != "any"
            if unreadable or (name in LISTS and COMMA_INSIDE_ONE_OF_THREE.search(value)):
                self.bad_numbers.append(f"{tag} {name}={value[:60]}")
        if (
            tag == "input"
            and given.get("type") in {"number", "range", "hidden"}
            and _is_localised(given.get("value", ""))
        ):
            self.bad_numbers.append(f"input {given.get('name')}={given['value']}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at it as at one that opens; nothing is within."""
        self.handle_starttag(tag, attrs)
        if tag in UNREAD:
            self._within.pop()

    def handle_endtag(self, tag: str) -> None:
        """Leave an element whose text nobody reads."""
        if tag in UNREAD and tag in self._within:
            self._within.remove(tag)

    def handle_data(self, data: str) -> None:
        """Note a text; JSON has to be JSON."""
        if self._is_data and self._within:
            json.loads(data)
        elif not self._within and data.strip():
            self.words.append(" ".join(data.split(" ")).strip())


def read_page(html: str) -> PageReader:
    """Return what a page says."""
    reader = PageReader()
    reader.feed(html)
    return reader


def _is_localised(value: str) -> bool:
    return re.fullmatch(r"-?\d+,\d+", value) is not None
