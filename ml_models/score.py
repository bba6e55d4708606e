"""The entry script of the scoring service: `init()` once for each process, `run(raw)` for each request.

Azure Machine Learning's inference server calls both (`azureml-inference-server-http`, locally as in the cloud);
`docs/azureml.md` has requests, answers and error codes. The estimator is the portal's own
(`ml_models.inference.load_estimator`), so the same row gives the same numbers here and in a worker. Logs carry counts,
never what a row says.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from ml_models.inference import DEFAULT_WEIGHTS
from ml_models.scoring.answers import answer_row
from ml_models.scoring.errors import RequestError
from ml_models.scoring.models import ServedModels, load_models
from ml_models.scoring.requests import Request, read_request

try:  # Only Microsoft's inference server brings it; without that server `run` returns the bare document.
    from azureml_inference_server_http.api.aml_response import AMLResponse
except ModuleNotFoundError:
    AMLResponse = None

MODEL_DIR_VARIABLE = "AZUREML_MODEL_DIR"

logger = logging.getLogger("azmlinfsrv.score")  # below the one logger that the inference server shows
_served: dict[str, ServedModels] = {}


def init() -> None:
    """Load the models below AZUREML_MODEL_DIR, or the shipped one where that is not set.

    Raises WeightsError, which keeps a deployment from taking traffic.
    """
    directory = Path(os.environ.get(MODEL_DIR_VARIABLE) or DEFAULT_WEIGHTS)
    _served["models"] = load_models(directory)
    models = _served["models"]
    logger.info("serving %s, keypoints: %s", models.session.version, models.keypoints and models.keypoints.version)


def run(raw: str | bytes) -> Any:
    """Answer one request: rows as `score_schema/response.schema.json` has them, or a refusal of the whole request.

    Under the inference server a refusal has its HTTP status; elsewhere it is the document
    `score_schema/error.schema.json`.
    """
    try:
        request = read_request(raw)
        return _answer(request, _models())
    except RequestError as error:
        logger.info("refused a request: %s", error.code)
        if AMLResponse is None:
            return error.as_json()
        return AMLResponse(error.as_json(), error.status, json_str=True)


def _models() -> ServedModels:
    if "models" not in _served:
        raise RequestError("not_ready", "No model is loaded yet. Ask again later.")
    return _served["models"]


def _answer(request: Request, models: ServedModels) -> Any:
    answers = []
    for index, row in enumerate(request.rows):
        try:
            answers.append(answer_row(models.estimate(row)))
        except RequestError as error:
            place = index if request.is_list else None
            raise RequestError(error.code, error.message, row=place, field=error.field) from None
    logger.info(
        "answered %d rows, %d without a value", len(answers), sum(bool(answer["reasons"]) for answer in answers)
    )
    return answers if request.is_list else answers[0]
