"""Every route and method below /api/v1/, read from the URL resolver."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def api_routes() -> list[tuple[str, str]]:
    """Return (route name, method) of every operation, such as ("api-child-list", "get")."""
    api = next(part for part in get_resolver().url_patterns if str(part.pattern) == "api/")
    return sorted((str(pattern.name), method) for pattern in _patterns(api) for method in _methods(pattern))


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver):
            yield from _patterns(part)
        else:
            yield part


def _methods(pattern: URLPattern) -> list[str]:
    actions = getattr(pattern.callback, "actions", None)
    if actions is not None:
        return [method for method in actions if method not in {"head", "options"}]
    view = getattr(pattern.callback, "cls", None)
    return [method for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)]
