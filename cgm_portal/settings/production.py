"""Servers that others manage, behind TLS. Refuses to start without what must not be guessed."""

import os

from django.core.exceptions import ImproperlyConfigured

from cgm_portal.env import env_bool, env_int, env_list, env_str

from .base import *  # noqa: F403

for _name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS"):
    # Not `.local/portal.env`: a portal that was tried out on this machine may have left one.
    if not os.environ.get(_name):
        raise ImproperlyConfigured(f"{_name} is not set in the environment. Production reads it from nowhere else.")
SECRET_KEY = env_str("SECRET_KEY")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; '*' is refused in production.")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters in production.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_TLS_PROXY", default=True) else None
# Behind Azure Front Door the app is called by another name than people use; only where nobody else reaches it.
USE_X_FORWARDED_HOST = env_bool("USE_X_FORWARDED_HOST", default=False)
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

LOGGING["handlers"]["console"]["formatter"] = env_str("LOG_FORMAT", default="json")  # noqa: F405
