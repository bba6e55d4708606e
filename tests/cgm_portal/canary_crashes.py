"""A page and a task that break as real ones do: with values of a record in the exception, and in what caused it."""

from __future__ import annotations

import logging
import uuid

from celery import shared_task
from django.db import IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from cgm_portal.celery import app
from cgm_portal.urls import handler400, handler403, handler404, handler500, urlpatterns
from children.models import Child

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
CRASHING_TASK = "tests.cgm_portal.canary_crashes.crash_task"
logger = logging.getLogger(__name__)


def break_with(child_id: uuid.UUID) -> None:
    """Raise ValueError with everything about the child, because of a database error that names it too."""
    child = Child.objects.get(pk=child_id)
    guardian = child.guardians.get()
    film = child.scan_sessions.filter(videos__isnull=False).first()
    name = film.videos.first().file.name if film else ""
    logger.warning(
        "no film at https://account.blob.core.windows.net/scan-videos/%s?sig=abc for %s", name, guardian.phone
    )
    try:
        with connection.cursor() as cursor:  # the database's DETAIL repeats the row
            cursor.execute(
                "INSERT INTO children_guardian (id, name, phone) VALUES (%s, %s, %s)",
                [uuid.uuid4(), guardian.name, guardian.phone],
            )
    except IntegrityError as error:
        raise ValueError(f"{child.name}, born {child.born_on}, {guardian.name} {guardian.phone} {name}") from error


def crash(request: HttpRequest, child_id: uuid.UUID) -> HttpResponse:
    """Send the task that crashes by its name, then crash."""
    app.send_task(CRASHING_TASK, args=[str(child_id)])
    break_with(child_id)
    return HttpResponse()


@shared_task(name=CRASHING_TASK, ignore_result=True)
def crash_task(child_id: str) -> None:
    """Crash in a worker."""
    break_with(uuid.UUID(child_id))


urlpatterns = [path("crash/<uuid:child_id>/", crash), *urlpatterns]
