"""Writes what a child is found by; called by the services that store a child or a guardian."""

from __future__ import annotations

from collections.abc import Iterable

from children.models import Child
from children.search_models import SearchEntry
from children.search_words import folded, near_keys


def index_child(child: Child) -> None:
    """Write the search entry of `child` anew, from its name, its code and its guardians as they are stored now."""
    guardians = list(child.guardians.values_list("name", "phone"))
    names = [child.name, *(name for name, _phone in guardians)]
    words, keys = entry_of(code=child.code, names=names, phones=[phone for _name, phone in guardians])
    SearchEntry.objects.update_or_create(child=child, defaults={"words": words, "near_keys": keys})


def entry_of(*, code: str, names: Iterable[str], phones: Iterable[str]) -> tuple[str, list[str]]:
    """Return the words of an entry and the keys of its names, sorted."""
    plain = [folded(name) for name in names]
    digits = ["".join(c for c in phone if c.isdecimal()) for phone in phones]
    keys = {key for name in plain for word in name.split() for key in near_keys(word)}
    return " ".join([*plain, *digits, code.replace("-", "").casefold()]), sorted(keys)
