"""Where traces, metrics and events go; nowhere until a collector is given."""

from cgm_portal.env import env_str

APPLICATIONINSIGHTS_CONNECTION_STRING = env_str("APPLICATIONINSIGHTS_CONNECTION_STRING", default="")
