"""Make what training and serving stand on; what is there already is brought up to date, the workspace is left."""

from __future__ import annotations

from collections.abc import Callable

from azure.ai.ml import MLClient

from predictions.azureml import containers, entities
from predictions.azureml.client import found
from predictions.azureml.workplace import Workplace

Say = Callable[[str], object]


def rehearse(place: Workplace, say: Say) -> None:
    """Say what `provision` would send."""
    everything = [
        ("workspace", entities.workspace(place)),
        *[("compute", cluster) for cluster in entities.clusters(place)],
        *[("environment", entities.environment(place, name)) for name in entities.ENVIRONMENTS],
        *[("datastore", datastore) for datastore in entities.datastores(place)],
        ("data", entities.training_films(place)),
    ]
    for kind, entity in everything:
        say(f"--- {kind} {entity.name}\n{entities.as_yaml(entity)}")
    for path in entities.film_tables():
        say(f"--- blob {containers.TRAINING_DATA}/{_film_blob(place, path.name)} ({path.stat().st_size} bytes)")


def provision(client: MLClient, place: Workplace, say: Say) -> None:
    """Create or update everything; raises as the SDK does, DomainError where the portal's storage is not on Azure."""
    training_data, registry = (containers.container(n) for n in (containers.TRAINING_DATA, containers.MODEL_REGISTRY))
    if found(lambda: client.workspaces.get(place.workspace)) is None:
        say(f"workspace {place.workspace}: creating, some minutes")
        client.workspaces.begin_create(entities.workspace(place)).result()
    else:
        say(f"workspace {place.workspace}: there")
    for cluster in entities.clusters(place):
        client.compute.begin_create_or_update(cluster).result()
        say(f"compute {cluster.name}: {cluster.min_instances}-{cluster.max_instances} x {cluster.size}")
    for name in entities.ENVIRONMENTS:
        environment = entities.environment(place, name)
        if found(lambda wanted=environment: client.environments.get(wanted.name, wanted.version)) is None:
            client.environments.create_or_update(environment)
        say(f"environment {environment.name}:{environment.version}")
    for kept in (training_data, registry, containers.released_weights()):
        containers.create_if_missing(kept)
    for datastore in entities.datastores(place):
        client.datastores.create_or_update(datastore)
        say(f"datastore {datastore.name}")
    tables = {_film_blob(place, path.name): path for path in entities.film_tables()}
    new = containers.put_files(training_data, tables)
    films = entities.training_films(place)
    if found(lambda: client.data.get(films.name, version=films.version)) is None:
        client.data.create_or_update(films)
    say(f"data {films.name}:{films.version}, {len(new)} files uploaded")


def _film_blob(place: Workplace, name: str) -> str:
    return f"{entities.film_folder(str(entities.training_films(place).version))}/{name}"
