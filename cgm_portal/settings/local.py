"""One machine: embedded servers, plain HTTP on loopback. `make run` uses these."""

from cgm_portal.env import env_bool

from .base import *  # noqa: F403

DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = SECRET_KEY or "only-for-commands-without-a-running-portal"  # noqa: F405
