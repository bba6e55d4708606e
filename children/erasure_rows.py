"""Deletes rows for good: the rows themselves, their history, what the admin logged of them.

Each app declares its models that lead to a child (`OF_CHILD` in its `erasure.py`); a test compares the declarations
with the models. Which rows go is decided there and in `analytics.erasure`; how they go is decided here. Works below
Django's cascades: those would write new history and refuse what is restricted. Foreign keys are checked at commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.db.models import Q
from pghistory.models import Context

Rows = dict[type[models.Model], list[Any]]  # primary keys by model


@dataclass(frozen=True)
class OfChild:
    """A model whose rows belong to one child; `path` leads from it to the child's id, as in a filter."""

    model: type[models.Model]
    path: str


def rows_of(child_id: UUID, declared: Sequence[OfChild]) -> Rows:
    """Return every declared row of the child."""
    return {of_child.model: _keys(of_child.model, Q(**{of_child.path: child_id})) for of_child in declared}


def history_of(rows: Mapping[type[models.Model], Iterable[Any]]) -> Rows:
    """Return the history of `rows`."""
    return {
        model.pgh_event_model: _keys(model.pgh_event_model, Q(pgh_obj_id__in=list(keys)))  # type: ignore[attr-defined]
        for model, keys in rows.items()
        if hasattr(model, "pgh_event_model")
    }


def whole_history_of(child_id: UUID, rows: Rows, declared: Sequence[OfChild]) -> Rows:
    """Return the history of `rows`, all that a child has, and of rows of the child that were deleted before.

    History of a deleted row still names what it belonged to.
    """
    history = history_of(rows)
    for of_child in declared:
        events = getattr(of_child.model, "pgh_event_model", None)
        first, _dots, rest = of_child.path.partition("__")
        owner = of_child.model._meta.get_field(first).related_model
        if events is not None and owner is not None:
            owners = rows.get(owner, []) if rest else [child_id]  # type: ignore[call-overload]
            lost = _keys(events, Q(**{f"{first}_id__in": owners}))
            history[events] = list({*history[events], *lost})
    return history


def contexts_of(history: Rows) -> set[UUID]:
    """Return the contexts (who asked, at which address) in which this history was written."""
    return {
        context
        for events, keys in history.items()
        for context in events._base_manager.filter(pk__in=keys).values_list("pgh_context_id", flat=True)
        if context is not None
    }


def delete_rows(rows: Mapping[type[models.Model], Iterable[Any]]) -> Counter[str]:
    """Delete the rows with these primary keys and what the admin logged of them; return how many by table.

    Take the history first (`history_of`), after everything that writes to the rows, and delete it the same way.
    """
    gone: Counter[str] = Counter()
    for model, given in rows.items():
        keys = list(given)
        if not keys:
            continue
        gone[model._meta.db_table] += _delete(model, Q(pk__in=keys))
        if not model._meta.auto_created:
            kind = ContentType.objects.get_for_model(model)
            logged = Q(content_type=kind, object_id__in=[str(key) for key in keys])
            gone[LogEntry._meta.db_table] += _delete(LogEntry, logged)
    return +gone


def delete_contexts(contexts: set[UUID], *, naming: Iterable[Any]) -> Counter[str]:
    """Delete the contexts that no history needs any more; of the rest, forget addresses with an id in `naming`."""
    shared: set[UUID] = set()
    for events in event_models():
        used = events._base_manager.filter(pgh_context_id__in=contexts)
        shared |= set(used.values_list("pgh_context_id", flat=True))
    names = {str(key) for key in naming}
    for context in Context.objects.filter(pk__in=shared):
        if any(name in str(context.metadata) for name in names):
            Context.objects.filter(pk=context.pk).update(metadata={"user": context.metadata.get("user")})
    return +Counter({Context._meta.db_table: _delete(Context, Q(pk__in=contexts - shared))})


def event_models() -> list[type[models.Model]]:
    """Return every model of history."""
    return [model for model in apps.get_models() if hasattr(model, "pgh_tracked_model")]


def _keys(model: type[models.Model], which: Q) -> list[Any]:
    return list(model._base_manager.filter(which).values_list("pk", flat=True))


def _delete(model: type[models.Model], which: Q) -> int:
    """Delete rows by one statement, without Django's cascades; return how many."""
    return model._base_manager.filter(which)._raw_delete(connection.alias) or 0  # type: ignore[attr-defined]
