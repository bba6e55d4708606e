"""Exports on the queue `default`; found by workers through `analytics.tasks`."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from analytics.exports.making import delete_ended_files, make_export


@shared_task(ignore_result=True)
def make_export_task(job_id: str) -> None:
    """Make the file of one job."""
    make_export(UUID(job_id))


@shared_task(ignore_result=True)
def delete_ended_exports_task() -> int:
    """Delete files whose link has ended; beat runs it."""
    return delete_ended_files()
