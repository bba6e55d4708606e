"""Every model that leads to a child, and every field that holds a file, has an erasure declared by its app."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from analytics.erasure.scopes import DECLARED
from children.erasure_rows import rows_of
from children.models import Child

#: Fields that hold a file, each with what deletes the blob: everything below the child's prefix.
FILES_BELOW_CHILD = {"predictions.ReviewFrame.image", "scans.ScanVideo.file"}


def leads_to_child(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    """Say whether a row of `model` belongs, by foreign keys, to a child. History follows its own model."""
    if model is Child:
        return True
    targets = (
        field.related_model
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model not in seen
    )
    return any(leads_to_child(target, seen | {model}) for target in targets)


def is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "pgh_tracked_model")


def test_every_model_that_leads_to_a_child_is_declared():
    leading = {
        model for model in apps.get_models(include_auto_created=True) if leads_to_child(model) and not is_history(model)
    }

    assert leading == {of_child.model for of_child in DECLARED}


@pytest.mark.django_db
def test_declared_paths_find_the_rows_of_the_child_alone(child, make_child, make_measurement, make_scan):
    make_measurement(weight_kg=9.1)
    make_scan(child=child)
    other = make_child(name="Other")

    mine, others = rows_of(child.pk, DECLARED), rows_of(other.pk, DECLARED)

    assert mine[Child] == [child.pk]
    assert {model for model, keys in mine.items() if keys} > {model for model, keys in others.items() if keys}
    assert not any(set(keys) & set(others[model]) for model, keys in mine.items())


def test_every_field_with_a_file_lies_below_the_child():
    fields = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if not is_history(model)
        for field in model._meta.get_fields()
        if isinstance(field, models.FileField)
    }

    assert fields == FILES_BELOW_CHILD


def test_history_of_declared_models_names_its_row():
    for of_child in DECLARED:
        events = getattr(of_child.model, "pgh_event_model", None)
        if events is not None:
            assert {"pgh_obj", "pgh_context"} <= {field.name for field in events._meta.fields}
