"""What `manage.py azureml` does in Azure Machine Learning: provision, train, register, deploy, look.

`deploy/azureml/` says what there shall be, as YAML for Microsoft's SDK; the modules here load it, fill in what differs
from place to place, and send it. They import `azure-ai-ml` (requirements-azureml.txt), so nothing but the command
imports them: the portal starts without it.
"""
