"""Takes out of a text what could point to a person: telephone numbers, e-mail addresses, addresses and names of blobs.

Names cannot be found by a pattern. They stay out because log messages carry ids, and because of an exception only what
is about code or about the database's own objects is kept (`describe_exception`).
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator

from cgm_portal.errors import DomainError

_PATTERNS = (
    (re.compile(r"\b(https?://[^/\s'\"?#]+)[^\s'\",)\]]*"), r"\1/..."),
    (re.compile(r"\bchildren/[0-9a-f-]{36}/sessions/[^\s'\",)\]]*"), "children/..."),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "<e-mail>"),
    (re.compile(r"(?<![\w.:-])(?:\+|00?(?=[1-9]))\d[\d ()-]{6,}\d(?![\w-])"), "<phone>"),
)
# Their messages name parts of programs, not values.
_ABOUT_CODE = (AttributeError, ImportError, NameError, MemoryError, RecursionError)
WITHHELD = "(message withheld)"


def redact(text: str) -> str:
    """Return `text` without telephone numbers, e-mail addresses, paths of addresses and names of blobs."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def describe_exception(error: BaseException) -> str:
    """Return what may be told of `error` beside its type: a code, a database's state and constraint, a system error."""
    if isinstance(error, DomainError):
        return error.code
    if hasattr(error, "sqlstate"):  # psycopg
        constraint = getattr(error.diag, "constraint_name", None) or ""
        # Without a state the connection failed: the text is libpq's own and names host and port.
        return f"SQLSTATE {error.sqlstate} {constraint}".strip() if error.sqlstate else _first_line(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, _ABOUT_CODE):
        return _first_line(error)
    return WITHHELD if str(error) else ""


def exception_text(error: BaseException) -> str:
    """Return the traceback of `error` and of what caused it: the code's own lines, no values."""
    return "\n".join(_chain(error, seen=set()))


def type_name(error: BaseException) -> str:
    """Return the dotted name of the type of `error`."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _chain(error: BaseException, *, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _chain(before, seen=seen)
        yield "\nThe exception above led to this one:\n"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    told = describe_exception(error)
    yield f"{type_name(error)}: {told}" if told else type_name(error)


def _first_line(error: BaseException) -> str:
    return redact((str(error).splitlines() or [""])[0])
