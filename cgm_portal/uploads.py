"""Who may send files, and how much at once: decided before a byte of a file is kept.

Django reads a form whole to find its CSRF token, on pages for strangers too; without this a stranger could fill the
disk. How large one film may be is for `scans` to say.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import TemporaryFileUploadHandler

FILMS_PER_FORM = 3  # one of each scan type
FORM_EXTRA_BYTES = 64 * 1024  # boundaries and the fields beside the films


class SignedInUploadHandler(TemporaryFileUploadHandler):
    """Streams files to the disk for people who have signed in, up to the films of one session."""

    def handle_raw_input(self, input_data: Any, META: dict[str, Any], content_length: int, *args: Any) -> None:
        """Raise RequestDataTooBig for a body over the limit."""
        if content_length > FILMS_PER_FORM * settings.SCAN_MAX_BYTES + FORM_EXTRA_BYTES:
            raise RequestDataTooBig(f"A form of {content_length} bytes.")

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file. Raises SuspiciousOperation when a stranger sends it."""
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SuspiciousOperation("A file from somebody who has not signed in.")
        super().new_file(*args, **kwargs)
