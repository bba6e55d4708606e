"""`manage.py azureml provision|train|register|deploy|status`: the model in Azure Machine Learning."""

from __future__ import annotations

import importlib
import importlib.util
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cgm_portal.env import local_dir
from cgm_portal.errors import DomainError

SDK = "azure.ai.ml"
DRY_RUN = "say what would be sent; send nothing, sign in nowhere"


class Command(BaseCommand):
    """Works on the workspace that AZURE_SUBSCRIPTION_ID and its kin name (docs/azureml.md)."""

    help = "Provision, train, register, deploy in Azure Machine Learning. Needs requirements-azureml.txt."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare one word for each step."""
        words = parser.add_subparsers(dest="step", required=True)
        provision = words.add_parser("provision", help="workspace, clusters, environments, datastores, data")
        train = words.add_parser("train", help="submit the training job, or run it here")
        train.add_argument("--model-version", required=True, metavar="X.Y.Z", help="version of the new weights")
        train.add_argument("--seed", type=int, default=20261)
        train.add_argument("--local", action="store_true", help="run the job's command line on this machine")
        train.add_argument("--data", type=Path, metavar="DIR", help="tables of films, with --local")
        train.add_argument("--out", type=Path, metavar="DIR", help="where weights go, with --local")
        register = words.add_parser("register", help="upload weights and register them as a model version")
        source = register.add_mutually_exclusive_group(required=True)
        source.add_argument("--folder", type=Path, metavar="DIR", help="a folder of weights on this machine")
        source.add_argument("--job", metavar="NAME", help="the weights that this training job wrote")
        register.add_argument("--beside", type=Path, action="append", default=[], metavar="DIR",
                              help="a reference network that is served beside it")  # fmt: skip
        deploy = words.add_parser("deploy", help="a model into the idle slot, or traffic between the slots")
        what = deploy.add_mutually_exclusive_group(required=True)
        what.add_argument("--model", metavar="NAME-VERSION", help="a registered model version; gets no traffic yet")
        what.add_argument("--traffic", nargs="+", metavar="SLOT=PERCENT", help="blue=90 green=10")
        words.add_parser("status", help="what there is")
        for word in (provision, train, register, deploy):
            word.add_argument("--dry-run", action="store_true", help=DRY_RUN)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the SDK's half of the code and take the step."""
        if importlib.util.find_spec("azure.ai") is None or importlib.util.find_spec(SDK) is None:
            raise CommandError(
                "Azure Machine Learning's SDK is not installed: pip install -r requirements-azureml.txt. "
                "[azure_ml_not_installed]"
            )
        steps = importlib.import_module("predictions.azureml.steps")
        try:
            steps.take(options, self.stdout.write, local_folder=local_dir(), weights=Path(settings.MODEL_WEIGHTS_DIR))
        except DomainError as refusal:
            raise CommandError(f"{refusal.message} [{refusal.code}]") from refusal
        except OSError as error:
            raise CommandError(f"{error} [store_unavailable]") from error
