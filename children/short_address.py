"""The short address of a child, on the QR code of its card: it leads those who may see the child to its page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.views import PrivatePage
from children.models import Child

CODE_HALF = 4  # K7Q2-9XRM


class ByCode(PrivatePage):
    """Go from the code on a card to the child's page; 404 outside one's clinics."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Redirect; the code may be written small or without its hyphen."""
        child = get_object_or_404(Child.objects.visible_to(request.user), code=written_code(code))
        return redirect("child", child.pk)


def written_code(text: str) -> str:
    """Return a code as it is stored: capitals, a hyphen in the middle."""
    plain = text.strip().upper().replace("-", "").replace("\x00", "")
    return f"{plain[:CODE_HALF]}-{plain[CODE_HALF:]}"
