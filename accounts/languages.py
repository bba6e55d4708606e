"""Which language a person reads.

Signed in, it is the one saved for the user, on every device; else that of the browser: its cookie, then what it asks
for (Django's LocaleMiddleware). Answers of the API to a token follow `Accept-Language`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.i18n import set_language

SESSION_KEY = "language"


def offered_languages() -> list[tuple[str, str]]:
    """Return code and own name of every language that the portal offers, for choices of forms."""
    return [
        (code, translation.get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES
    ]


def is_offered(code: str) -> bool:
    """Say whether the portal speaks `code`."""
    return code in dict(settings.LANGUAGES)


class ChosenLanguageMiddleware:
    """Answers in the language that the user has chosen; looked up once a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate it; LocaleMiddleware, above, names it in the answer's header."""
        chosen = self._chosen_by(request)
        if is_offered(chosen):
            translation.activate(chosen)
            request.LANGUAGE_CODE = chosen  # type: ignore[attr-defined]
        return self.get_response(request)

    def _chosen_by(self, request: HttpRequest) -> str:
        if SESSION_KEY not in request.session and request.user.is_authenticated:
            request.session[SESSION_KEY] = request.user.language
        return request.session.get(SESSION_KEY, "")


def choose_language(request: HttpRequest) -> HttpResponse:
    """Django's `set_language`, which keeps the choice in a cookie; that of a user is saved with the user, too."""
    answer = set_language(request)
    chosen = request.POST.get("language", "")
    if request.method == "POST" and is_offered(chosen) and request.user.is_authenticated:
        request.user.language = chosen
        request.user.save(update_fields=["language"])
        request.session[SESSION_KEY] = chosen
    return answer
