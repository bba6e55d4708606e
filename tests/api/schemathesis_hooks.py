"""Loaded by schemathesis: bodies name a child and a clinic that exist, so that the rules behind them are met."""

from __future__ import annotations

import os
import re
from typing import Any

import schemathesis

KNOWN = {"child": os.environ["KNOWN_CHILD"], "clinic": os.environ["KNOWN_CLINIC"]}
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Put known ids in the place of well-formed ones; what is malformed on purpose stays."""
    if isinstance(body, dict):
        for name, known in KNOWN.items():
            if isinstance(body.get(name), str) and UUID.fullmatch(body[name]):
                body[name] = known
    return body
