"""The model endpoint of Azure Machine Learning: one row of features out, one checked estimate in.

Decides how often it is asked and what it costs. A failing endpoint costs one AZURE_ML_TIMEOUT_SECONDS in all: it is
called five times at most in a row, each try has a fifth of that time, pauses included, and then the breaker is open.
What leaves is the feature row alone (sizes of the body in the film, sex, age in days): no name, no id.
"""

from __future__ import annotations

import itertools
import json
import time
from functools import cache

from azure.core.exceptions import AzureError
from azure.identity import ManagedIdentityCredential
from django.conf import settings
from pybreaker import STATE_CLOSED
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random

from ml_models.types import AnthropometryEstimate, SessionFeatures
from predictions.backends.breaker import breaker_of
from predictions.backends.endpoint_answer import read_answer
from predictions.backends.endpoint_config import EndpointConfig
from predictions.backends.exchange import Exchange, within
from predictions.backends.reasons import EndpointError, FallbackReason
from predictions.feature_rows import features_as_json

#: Of one session; the next sessions go on counting until the breaker opens.
TRIES = 3
#: Failures that may be over a moment later. A wrong answer is as wrong the second time.
PASSING = {
    FallbackReason.UNREACHABLE,
    FallbackReason.TIMEOUT,
    FallbackReason.CONNECTION_LOST,
    FallbackReason.OVERLOADED,
    FallbackReason.HTTP_ERROR,
}
#: Of the time of a try: the pause before the next one is drawn between them and comes out of the next one's time.
PAUSE_SHARES = (0.02, 0.2)
AUDIENCE = "https://ml.azure.com/.default"


class AzureMLBackend:
    """One endpoint, and the one model version that may answer there."""

    name = "azure_ml"

    def __init__(self, config: EndpointConfig, *, model_version: str) -> None:
        """`model_version`: name-version of the only model whose answers are taken."""
        self._config = config
        self._model_version = model_version
        self._breaker = breaker_of(config)

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return the endpoint's estimate for one session; raises EndpointError."""
        if self._config.pinned_version not in ("", self._model_version):
            raise EndpointError(FallbackReason.MODEL_VERSION_DIFFERS, "AZURE_ML_MODEL_VERSION names another model")
        body = json.dumps(features_as_json(features), allow_nan=False).encode()
        started, tries = time.monotonic(), itertools.count(1)

        def once() -> AnthropometryEstimate:
            seconds = started + next(tries) * self._config.try_s - time.monotonic()
            return self._breaker.call(lambda: self._ask(body, features, seconds))

        retrying = Retrying(
            retry=retry_if_exception(self._is_worth_another),
            stop=stop_after_attempt(TRIES),
            wait=self._pause,
            reraise=True,
        )
        return retrying(once)

    def _ask(self, body: bytes, features: SessionFeatures, seconds: float) -> AnthropometryEstimate:
        exchange = Exchange(self._config.url, seconds=seconds)
        try:
            answer = within(seconds, lambda: exchange.post(body, self._authorisation()), cut=exchange.cut)
        except EndpointError as error:
            if error.reason is FallbackReason.KEY_REFUSED and not self._config.key:
                _credential.cache_clear()  # the token may have been withdrawn: ask for a new one next time
            raise
        return read_answer(answer, features=features, expected_version=self._model_version)

    def _authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._config.key or _token()}"}

    def _is_worth_another(self, error: BaseException) -> bool:
        return (
            isinstance(error, EndpointError)
            and error.reason in PASSING
            and (error.retry_after_s or 0.0) <= self._longest_pause_s
            and self._breaker.state == STATE_CLOSED
        )

    def _pause(self, call: RetryCallState) -> float:
        low, high = (share * self._config.try_s for share in PAUSE_SHARES)
        error = call.outcome.exception() if call.outcome is not None else None
        asked_for = error.retry_after_s if isinstance(error, EndpointError) else None
        return max(wait_random(low, high)(call), asked_for or 0.0)

    @property
    def _longest_pause_s(self) -> float:
        return self._config.try_s * PAUSE_SHARES[1]


def _token() -> str:
    """Return an access token of the process's managed identity; azure-identity keeps it until it runs out."""
    try:
        return _credential().get_token(AUDIENCE).token
    except AzureError as error:
        # The text holds the address of the identity's service.
        raise EndpointError(FallbackReason.NO_TOKEN, type(error).__name__) from None


@cache
def _credential() -> ManagedIdentityCredential:
    # No retries of its own: they would outlast the try.
    return ManagedIdentityCredential(client_id=settings.AZURE_CLIENT_ID or None, retry_total=0)
