"""How long films, frames and backups are kept, and what an erasure needs."""

from cgm_portal.env import env_int, env_str

VIDEO_RETENTION_DAYS = env_int("VIDEO_RETENTION_DAYS", default=90)
FRAME_RETENTION_DAYS = env_int("FRAME_RETENTION_DAYS", default=30)
# Key of the hashes in the erasure ledger; empty: SECRET_KEY. It must outlive a lost database, so keep it with the keys
# of the backups, and never change it.
ERASURE_HASH_KEY = env_str("ERASURE_HASH_KEY", default="")
