"""Light tasks of the `default` queue."""

from __future__ import annotations

import logging
import uuid

from celery import shared_task

from children.growth import MeasurementError
from children.models import Child
from children.recompute import recompute_child

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def recompute_children_task(child_ids: list[str]) -> None:
    """Assess outdated measurements of these children anew, each child in its own transaction.

    A child with a value that the engine refuses keeps its old assessments and goes on waiting; one that is gone is left
    out; the others are done.
    """
    for child_id in child_ids:
        try:
            recompute_child(uuid.UUID(child_id))
        except MeasurementError as error:
            logger.error("Child %s is not assessed anew: %s (%s).", child_id, error.message, error.code)
        except Child.DoesNotExist:
            logger.warning("Child %s is gone: nothing to assess anew.", child_id)
