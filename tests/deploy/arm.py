"""Reads ARM templates: their expressions as trees, their resources, what they take from and give to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgm_portal.env import BASE_DIR

ARM = BASE_DIR / "deploy" / "arm"
TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_]\w*)|(?P<sign>[()\[\],.]))")
# What Azure Resource Manager offers and these templates use; another name is most likely a slip of the pen.
FUNCTIONS = frozenset(
    {
        "and",
        "concat",
        "copyIndex",
        "createArray",
        "createObject",
        "empty",
        "environment",
        "guid",
        "if",
        "items",
        "json",
        "lambda",
        "lambdaVariables",
        "length",
        "listKeys",
        "map",
        "not",
        "parameters",
        "reference",
        "replace",
        "resourceGroup",
        "resourceId",
        "string",
        "subscription",
        "subscriptionResourceId",
        "take",
        "toLower",
        "toObject",
        "true",
        "union",
        "uniqueString",
        "uriComponent",
        "variables",
    }
)


@dataclass(frozen=True)
class Call:
    """A function with its arguments, and the properties that are taken from its answer."""

    function: str
    arguments: tuple[Any, ...]
    path: tuple[Any, ...] = ()

    def walk(self) -> Iterator[Call]:
        """Give this call and all within it."""
        yield self
        for part in (*self.arguments, *self.path):
            if isinstance(part, Call):
                yield from part.walk()


def parse_expression(text: str) -> Call:
    """Return the tree of `[...]`. Raises ValueError for what is no expression, or calls an unknown function."""
    tokens, position = [], 1
    while position < len(text) - 1:
        match = TOKEN.match(text, position)
        if match is None or match.end() > len(text) - 1:
            raise ValueError(f"{text!r}: not understood from {text[position : position + 20]!r} on")
        tokens.append((match.lastgroup, match[match.lastgroup or 0]))
        position = match.end()
    tokens.append((None, ""))
    tree, rest = _call(tokens, 0)
    if tokens[rest][0] is not None or not isinstance(tree, Call):
        raise ValueError(f"{text!r}: more than one expression, or none")
    return tree


def _call(tokens: list, at: int) -> tuple[Any, int]:
    kind, value = tokens[at]
    if kind in {"text", "number"}:
        return (value.strip("'") if kind == "text" else int(value)), at + 1
    if kind != "name" or tokens[at + 1][1] != "(":
        raise ValueError(f"expected a function at {value!r}")
    if value not in FUNCTIONS:
        raise ValueError(f"unknown function {value!r}")
    arguments, at = [], at + 2
    while tokens[at][1] != ")":
        argument, at = _call(tokens, at)
        arguments.append(argument)
        if tokens[at][1] == ",":
            at += 1
        elif tokens[at][1] != ")":
            raise ValueError(f"expected , or ) at {tokens[at][1]!r}")
    path, at = [], at + 1
    while tokens[at][1] in {".", "["}:
        if tokens[at][1] == ".":
            path.append(tokens[at + 1][1])
            at += 2
        else:
            inner, at = _call(tokens, at + 1)
            path.append(inner)
            at += 1
    return Call(value, tuple(arguments), tuple(path)), at


def strings(value: Any) -> Iterator[str]:
    """Give every string below `value`, names of properties included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


@dataclass(frozen=True)
class Template:
    """One template file."""

    path: Path
    content: dict[str, Any]

    @property
    def resources(self) -> list[dict[str, Any]]:
        """Its resources."""
        return self.content["resources"]

    @property
    def parameters(self) -> dict[str, Any]:
        """Its parameters by name."""
        return self.content.get("parameters", {})

    def calls(self) -> list[Call]:
        """Return every call of every expression in it."""
        found = [text for text in strings(self.content) if text.startswith("[") and not text.startswith("[[")]
        return [call for text in found for call in parse_expression(text).walk()]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return its resources of one type."""
        return [resource for resource in self.resources if resource["type"] == kind]


def read_template(path: Path) -> Template:
    """Return the template in a file."""
    return Template(path, json.loads(path.read_text(encoding="utf-8")))


MAIN = read_template(ARM / "azuredeploy.json")
MODULES = {path.stem: read_template(path) for path in sorted((ARM / "modules").glob("*.json"))}
