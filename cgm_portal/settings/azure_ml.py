"""The model endpoint of Azure Machine Learning; the portal measures with its own model until one is given.

Given and out of order, it is asked as `docs/endpoint.md` says, and the portal's own model answers.
"""

from cgm_portal.env import env_float, env_str

AZURE_ML_ENDPOINT_URL = env_str("AZURE_ML_ENDPOINT_URL", default="")
# Without a key the process's own managed identity is used (AZURE_CLIENT_ID names one of several).
AZURE_ML_ENDPOINT_KEY = env_str("AZURE_ML_ENDPOINT_KEY", default="")
# "name-version" of the model that the endpoint runs. Only the active model (`manage.py promote_model`) may answer:
# while another one is named here the endpoint is not asked. Empty: it is asked, and must name the active model.
AZURE_ML_MODEL_VERSION = env_str("AZURE_ML_MODEL_VERSION", default="")
# Seconds that failing calls may cost in all before nobody calls any more; each of five tries has a fifth of them.
AZURE_ML_TIMEOUT_SECONDS = env_float("AZURE_ML_TIMEOUT_SECONDS", default=15.0)
# Seconds until one session tries again whether the endpoint is back.
AZURE_ML_PAUSE_SECONDS = env_float("AZURE_ML_PAUSE_SECONDS", default=30.0)
