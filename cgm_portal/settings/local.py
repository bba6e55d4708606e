"""One machine: embedded servers, plain HTTP on loopback. `make run` uses these."""

from secrets import token_urlsafe

from cgm_portal.env import env_bool

from .base import *  # noqa: F403

DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = SECRET_KEY or token_urlsafe(50)  # noqa: F405 - for commands without a running portal; never one that is known
