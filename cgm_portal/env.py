"""Reads typed settings from the environment, then from `.local/portal.env`, and fails early with advice.

`.local/portal.env` is written by the embedded servers (`cgm_portal.local_services`), so that `manage.py shell` beside
a running portal finds the same database.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
# libpq: a server behind a dead link is noticed, which would otherwise hold a request for minutes.
CONNECTION_OPTIONS = {"connect_timeout": "3", "tcp_user_timeout": "10000", "keepalives_idle": "30"}  # s, ms, s
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def local_dir() -> Path:
    """Return the folder of the embedded servers and local files: `.local/`, or CGM_LOCAL_DIR."""
    return Path(os.environ.get("CGM_LOCAL_DIR") or BASE_DIR / ".local")


@cache
def _portal_env(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def env_str(name: str, *, default: str | None = None) -> str:
    """Return the setting `name`; raises ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name) or _portal_env(local_dir() / "portal.env").get(name) or default
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment, or start the portal with `make run`, which makes its own."
        )
    return value


def env_int(name: str, *, default: int) -> int:
    """Return the whole number in `name`."""
    text = env_str(name, default=str(default))
    try:
        return int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}.") from None


def env_float(name: str, *, default: float) -> float:
    """Return the number in `name`."""
    text = env_str(name, default=str(default))
    try:
        return float(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {text!r}.") from None


def env_bool(name: str, *, default: bool) -> bool:
    """Return the yes/no in `name`: 1, true, yes, on or 0, false, no, off."""
    text = env_str(name, default="1" if default else "0").lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no, not {text!r}.")


def env_list(name: str, *, default: str = "") -> list[str]:
    """Return the comma-separated values in `name`, without empty ones."""
    return [part.strip() for part in env_str(name, default=default).split(",") if part.strip()]


def database_from_url(url: str) -> dict[str, object]:
    """Return Django's DATABASES entry for `postgresql://user:password@host:port/name`.

    Raises ImproperlyConfigured for any other scheme: PostgreSQL is the only database.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://: PostgreSQL is the only database.")
    given = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    options = {**CONNECTION_OPTIONS, **given}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
