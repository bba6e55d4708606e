"""From the words of `manage.py azureml` to the step that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from cgm_portal.errors import DomainError
from predictions.azureml import deploy, provision, register, status, train
from predictions.azureml.client import connect, refusal_of
from predictions.azureml.workplace import FILM_TABLES, Workplace, read_workplace

Say = Callable[[str], object]
Options = Mapping[str, Any]


def take(options: Options, say: Say, *, local_folder: Path, weights: Path) -> None:
    """Take one step; raises DomainError, OSError where the store is away.

    `local_folder` keeps the record of local trainings, `weights` is where they write unless told otherwise.
    """
    step, is_rehearsal = options["step"], bool(options.get("dry_run"))
    is_local = bool(options.get("local"))
    place = read_workplace(is_rehearsal=is_rehearsal or is_local)
    try:
        if step == "train" and is_local:
            _train_here(place, options, say, local_folder=local_folder, weights=weights)
        elif step == "provision":
            provision.rehearse(place, say) if is_rehearsal else provision.provision(connect(place), place, say)
        elif step == "train":
            _train(place, options, say, is_rehearsal=is_rehearsal)
        elif step == "register":
            _register(place, options, say, is_rehearsal=is_rehearsal)
        elif step == "deploy":
            _deploy(place, options, say, is_rehearsal=is_rehearsal)
        else:
            status.tell(connect(place), place, say)
    except ClientAuthenticationError as error:
        text = "Azure does not know who asks. Sign in with `az login`, or run where there is a managed identity."
        raise DomainError("azure_not_signed_in", text) from error
    except HttpResponseError as error:
        raise refusal_of(error) from error


def _train_here(place: Workplace, options: Options, say: Say, *, local_folder: Path, weights: Path) -> None:
    train.run_here(
        place,
        say,
        version=options["model_version"],
        seed=options["seed"],
        data=options["data"] or FILM_TABLES,
        out=options["out"] or weights,
        record=local_folder / "mlflow" / "runs.db",
    )


def _train(place: Workplace, options: Options, say: Say, *, is_rehearsal: bool) -> None:
    told = {"version": options["model_version"], "seed": options["seed"]}
    if is_rehearsal:
        train.rehearse(place, say, **told)
    else:
        train.submit(connect(place), place, say, **told)


def _register(place: Workplace, options: Options, say: Say, *, is_rehearsal: bool) -> None:
    with ExitStack() as stack:
        folder = options["folder"] or stack.enter_context(register.weights_of_job(options["job"]))
        weights = register.read_weights(folder)
        beside = [register.read_weights(other) for other in options["beside"]]
        if is_rehearsal:
            register.rehearse(place, say, weights, beside)
        else:
            register.register(connect(place), place, say, weights, beside)


def _deploy(place: Workplace, options: Options, say: Say, *, is_rehearsal: bool) -> None:
    if options["traffic"]:
        traffic = _read_traffic(options["traffic"])
        deploy.check_traffic(traffic)
        if is_rehearsal:
            say(f"--- traffic {traffic}")
        else:
            deploy.shift_traffic(connect(place), place, say, traffic)
    elif is_rehearsal:
        deploy.rehearse(place, say, model_version=options["model"])
    else:
        deploy.deploy(connect(place), place, say, model_version=options["model"])


def _read_traffic(words: list[str]) -> dict[str, int]:
    try:
        return {slot: int(percent) for slot, percent in (word.split("=", 1) for word in words)}
    except ValueError:
        raise DomainError("bad_traffic", "Traffic is told as blue=90 green=10.") from None
