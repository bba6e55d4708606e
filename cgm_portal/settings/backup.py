"""Backups of the database (cgm_portal/backup/): what seals them, when they are made, how long they stay."""

from cgm_portal.env import env_float, env_int, env_str

# `id:base64`, several separated by commas: the first seals, all open. `manage.py backup_database --new-key ID`.
BACKUP_ENCRYPTION_KEY = env_str("BACKUP_ENCRYPTION_KEY", default="")
BACKUP_HOUR_UTC = env_int("BACKUP_HOUR_UTC", default=1)  # of the nightly backup, a quarter past
BACKUP_KEEP_ALL_HOURS = env_float("BACKUP_KEEP_ALL_HOURS", default=48.0)  # before a deployment, twice a day ...
BACKUP_KEEP_DAILY = env_int("BACKUP_KEEP_DAILY", default=14)
BACKUP_KEEP_WEEKLY = env_int("BACKUP_KEEP_WEEKLY", default=8)
BACKUP_KEEP_MONTHLY = env_int("BACKUP_KEEP_MONTHLY", default=6)
BACKUP_MAX_AGE_HOURS = env_float("BACKUP_MAX_AGE_HOURS", default=26.0)  # older: `backup_database --list` says so
