"""How long films, frames and backups are kept, and what an erasure needs."""

from cgm_portal.env import env_int

VIDEO_RETENTION_DAYS = env_int("VIDEO_RETENTION_DAYS", default=90)
FRAME_RETENTION_DAYS = env_int("FRAME_RETENTION_DAYS", default=30)
