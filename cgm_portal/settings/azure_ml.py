"""The model endpoint of Azure Machine Learning; the portal measures with its own model until one is given."""

from cgm_portal.env import env_str

AZURE_ML_ENDPOINT_URL = env_str("AZURE_ML_ENDPOINT_URL", default="")
AZURE_ML_ENDPOINT_KEY = env_str("AZURE_ML_ENDPOINT_KEY", default="")
