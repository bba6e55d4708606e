"""The nightly backup, on the queue `default`."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from cgm_portal.backup.database import portal_database
from cgm_portal.backup.keys import configured_keys
from cgm_portal.backup.making import make_backup
from cgm_portal.backup.retention import apply_retention
from cgm_portal.errors import DomainError

logger = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def backup_database_task() -> str | None:
    """Make a backup and let old ones go; return its name, or None where the log says why not."""
    try:
        keys = configured_keys()
        manifest = make_backup(portal_database(), key=keys[0])
        apply_retention(keys=keys, now=timezone.now())
    except DomainError as error:
        # deploy/monitoring misses DatabaseBackupMade. Delivered twice, the second finds the first at work.
        log = logger.warning if error.code == "backup_running" else logger.error
        log("backup failed: %s %s", error.code, error.message)
        return None
    return manifest.name
