"""Why a session was not answered by the model endpoint: one closed list for records, logs and pages."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FallbackReason(models.TextChoices):
    """Stable codes; the words complete "The local model answered because ..."."""

    # Nobody was asked.
    BREAKER_OPEN = "breaker_open", _("the model service had failed several times just before")
    # Nobody answered, or not to the end.
    UNREACHABLE = "unreachable", _("the model service could not be reached")
    TLS_FAILED = "tls_failed", _("the model service could not prove who it is")
    TIMEOUT = "timeout", _("the model service took too long")
    CONNECTION_LOST = "connection_lost", _("the connection to the model service broke off")
    NO_TOKEN = "no_token", _("no access token for the model service was given out")
    # Somebody answered, and it was no estimate.
    KEY_REFUSED = "key_refused", _("the model service refused the portal's key")
    REDIRECTED = "redirected", _("the model service pointed somewhere else")
    OVERLOADED = "overloaded", _("the model service asked for patience")
    HTTP_ERROR = "http_error", _("the model service reported an error")
    REQUEST_REFUSED = "request_refused", _("the model service did not accept what it was sent")
    TOO_LARGE = "too_large", _("the model service sent far too much")
    NOT_JSON = "not_json", _("the model service sent something unreadable")
    NOT_FINITE = "not_finite", _("the model service sent values that are no numbers")
    SCHEMA_MISMATCH = "schema_mismatch", _("the model service sent an incomplete answer")
    MODEL_VERSION_DIFFERS = "model_version_differs", _("the model service runs another model version")
    IMPLAUSIBLE = "implausible", _("the model service sent values that no child of this age and sex has")
    # The portal's own fault.
    CLIENT_ERROR = "client_error", _("the portal could not ask the model service")


class EndpointError(Exception):
    """The endpoint gave no estimate; `reason` says why.

    The text never holds an address, a key or a value of the answer. `retry_after_s`: how long the endpoint asked to be
    left alone, None where it did not.
    """

    def __init__(self, reason: FallbackReason, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.retry_after_s = retry_after_s
