"""What a child is found by: `SearchEntry`, written by `children.search_index`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class SearchEntry(models.Model):
    """Folded words of a child's name, guardians, phones and code, and the keys of names that are nearly the same."""

    child = models.OneToOneField(
        "children.Child", on_delete=models.CASCADE, primary_key=True, related_name="search_entry"
    )
    words = models.TextField()
    near_keys = ArrayField(models.TextField())

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [GinIndex(fields=["near_keys"], name="search_entry_near_keys")]

    def __str__(self) -> str:
        return f"search entry {self.child_id}"
