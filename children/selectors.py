"""What the pages of the health record read: the search for children, pages of lists, the last values of a child."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from children.measurement_models import QUANTITY_FIELDS
from children.models import Child, Measurement
from children.search_words import folded, near_keys, typed_code, typed_phone

MAX_SEARCH_WORDS = 6  # of one search: two hundred words kept the database busy for minutes
MAX_WORD_LETTERS = 40
MAX_NEAR_CANDIDATES = 200  # that are compared letter by letter
LAST_VISITS = 10  # in which the last value of each quantity is looked for


def search_children(children: QuerySet[Child], text: str) -> QuerySet[Child]:
    """Return those of `children` in whose name, code, guardian's name or phone every word occurs, accents or not."""
    words = search_words(text)
    if not text.strip():
        return children
    found = Q(pk__in=[]) if not words else Q()
    for word in words:
        found &= Q(search_entry__words__contains=word)
    phone = typed_phone(text)
    if phone:
        found |= Q(search_entry__words__contains=phone)
    code = typed_code(text)
    if code:
        found |= Q(code=code)
    return children.filter(found)


def similar_children(children: QuerySet[Child], text: str, *, limit: int) -> list[Child]:
    """Return those of `children` whose name or guardian sounds like `text` or is a letter away, the nearest first."""
    words = search_words(text)
    if not words:
        return []
    for word in words:
        children = children.filter(
            Q(search_entry__near_keys__overlap=sorted(near_keys(word))) | Q(search_entry__words__contains=word)
        )
    candidates = list(children.select_related("search_entry").order_by("-registered_at")[:MAX_NEAR_CANDIDATES])
    return sorted(candidates, key=lambda child: -_likeness(words, child.search_entry.words.split()))[:limit]


def search_words(text: str) -> list[str]:
    """Return the folded words of what was typed, no more and no longer than a search needs."""
    return [word[:MAX_WORD_LETTERS] for word in folded(text).split()[:MAX_SEARCH_WORDS]]


def _likeness(words: list[str], others: list[str]) -> float:
    """Return the sum over `words` of how alike the nearest of `others` is, 0 to 1 each."""
    return sum(max(SequenceMatcher(None, word, other).ratio() for other in others) for word in words)


def cursor_after(child: Child) -> str:
    """Return the cursor of the page that begins after `child` in the list's order."""
    return base64.urlsafe_b64encode(f"{child.registered_at.isoformat()}|{child.pk}".encode()).decode()


def after_cursor(children: QuerySet[Child], cursor: str) -> QuerySet[Child]:
    """Return the part of the list after `cursor`; all of it for an empty one. Raises Http404 for a broken one."""
    if not cursor:
        return children
    try:
        instant, child_id = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        last = (datetime.fromisoformat(instant).astimezone(UTC), UUID(child_id))
    except (ValueError, OverflowError, binascii.Error) as error:
        raise Http404 from error
    return children.filter(Q(registered_at__lt=last[0]) | Q(registered_at=last[0], pk__gt=last[1]))


@dataclass(frozen=True)
class LastValue:
    """The newest value of one quantity in the unit of its field; position: of a length or height, else empty."""

    number: Decimal
    on: date
    position: str


def last_values(child: Child, *, except_for: Measurement | None = None) -> dict[str, LastValue]:
    """Return the newest counted manual value of each number, by its field."""
    visits = Measurement.objects.counted().manual().filter(child=child)
    if except_for is not None:
        visits = visits.exclude(pk=except_for.pk)
    newest: dict[str, LastValue] = {}
    for visit in visits[:LAST_VISITS]:
        for name in QUANTITY_FIELDS:
            number = getattr(visit, name)
            if number is not None and name not in newest:
                position = visit.get_position_display() if name == "length_height_cm" else ""
                newest[name] = LastValue(number=number, on=visit.measured_on, position=position)
    return newest
