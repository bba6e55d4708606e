"""How long a passed standardisation test lets somebody measure."""

from cgm_portal.env import env_int

STANDARDISATION_VALID_DAYS = env_int("STANDARDISATION_VALID_DAYS", default=365)
