"""Who answers one session: the endpoint where there is one, the local model whenever it gives no sound estimate.

Both read the same features, so nothing is decoded twice, and both serve the active model version: the endpoint is no
way around `manage.py promote_model`. Who answered, and why not the other one, stays with the prediction.
"""

from __future__ import annotations

import logging
import time
import traceback
from dataclasses import dataclass
from uuid import UUID

from cgm_portal.errors import DomainError
from ml_models.types import AnthropometryEstimate, SessionFeatures
from predictions.backends import PredictionBackend
from predictions.backends.azure_ml import AzureMLBackend
from predictions.backends.endpoint_config import endpoint_config
from predictions.backends.reasons import EndpointError, FallbackReason

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Served:
    """Who gave an estimate. `endpoint_s`: seconds that the endpoint took or cost, None where there is none."""

    backend: str
    fallback_reason: FallbackReason | None = None
    endpoint_s: float | None = None


class SessionServing:
    """One session's question to the models; `served` tells afterwards who answered."""

    def __init__(self, *, session_id: UUID, model_version: str, local: PredictionBackend) -> None:
        """`model_version`: name-version of the active model, which `local` serves."""
        self._session_id = session_id
        self._model_version = model_version
        self._local = local
        self.served = Served(backend=local.name)

    def estimate(self, features: SessionFeatures) -> AnthropometryEstimate:
        """Return the endpoint's estimate, or the local model's where the endpoint fails in whatever way."""
        started = time.perf_counter()
        asked = self._ask_endpoint(features)
        if isinstance(asked, AnthropometryEstimate):
            self.served = Served(backend=AzureMLBackend.name, endpoint_s=_since(started))
            return asked
        if asked is not None:
            self.served = Served(backend=self._local.name, fallback_reason=asked, endpoint_s=_since(started))
        return self._local.estimate(features)

    def _ask_endpoint(self, features: SessionFeatures) -> AnthropometryEstimate | FallbackReason | None:
        """Return the endpoint's estimate or why there is none; None without an endpoint."""
        try:
            config = endpoint_config()
            if config is None:
                return None
            return AzureMLBackend(config, model_version=self._model_version).estimate(features)
        except EndpointError as error:
            level = logging.INFO if error.reason is FallbackReason.BREAKER_OPEN else logging.WARNING
            logger.log(level, "session %s is answered by the local model: %s", self._session_id, error)
            return error.reason
        except DomainError as error:
            logger.error("session %s is answered by the local model: %s", self._session_id, error.message)
            return FallbackReason.CLIENT_ERROR
        except Exception as error:  # noqa: BLE001
            # The boundary of a service that may be missed: no fault of its client may cost a child the answer. The
            # frames are logged without the texts of errors, which may hold address or key.
            frames = "".join(traceback.format_tb(error.__traceback__))
            kind = type(error).__name__
            logger.error("session %s: the endpoint's client broke: %s\n%s", self._session_id, kind, frames)
            return FallbackReason.CLIENT_ERROR


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 4)
