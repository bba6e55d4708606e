"""The Django app behind `manage.py backup_database`, `restore_database` and `restore_drill`; it has no tables."""

from __future__ import annotations

from django.apps import AppConfig


class BackupConfig(AppConfig):
    """Names the app `backup`, for its commands and its nightly task."""

    name = "cgm_portal.backup"
    label = "backup"
