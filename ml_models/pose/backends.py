"""Which pose models this installation knows, which can be used, and what is missing of the others.

Looks at packages, files and descriptions without importing a vision library, so that a management command of any
process may ask; whether a network also runs is known when it is loaded (`status_of(..., loading=Loading.TRIED)`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

from ml_models.pose import (
    BROUGHT_BACKENDS,
    MEDIAPIPE,
    WEIGHTS_DIR,
    PoseBackendError,
    is_dotted_path,
    load_pose_estimator,
    weights_folder,
)
from ml_models.pose.landmarks import LANDMARK_COUNT
from ml_models.pose.sidecar import SIDECAR, Sidecar, read_network, read_sidecar

BUNDLED_MODEL = WEIGHTS_DIR.parent / "pose_landmarker_full.task"
_RUNTIMES = ("onnxruntime", "onnxruntime-gpu")
_NON_COMMERCIAL = (
    "Carnegie Mellon University's OpenPose licence: academic or non-profit organisations, NON-COMMERCIAL research use "
    "only"
)
#: What is known of the licence of weights that are not there; an installed description says it itself.
_LICENCES = MappingProxyType(
    {
        "openpose": (_NON_COMMERCIAL, False),
        "detectron2": ("Apache-2.0 (Detectron2's code and model zoo)", True),
    }
)


class State(StrEnum):
    """Whether a backend can be used."""

    READY = "ready"
    WEIGHTS_MISSING = "weights missing"
    PACKAGE_MISSING = "package missing"
    ERROR = "error"


class Loading(StrEnum):
    """Whether a model is only looked at, or loaded too."""

    NOT_TRIED = "not tried"
    TRIED = "tried"


@dataclass(frozen=True)
class BackendStatus:
    """One backend. `model`: name, version and start of the sha256; `files`: what belongs where; `landmarks`: how many
    of the 33 it gives; `commercial_use`: None where nobody said. Empty texts where nothing is known.
    """

    backend: str
    is_active: bool
    state: State
    problem: str = ""
    code: str = ""
    model: str = ""
    runtime: str = ""
    licence: str = ""
    commercial_use: bool | None = None
    files: tuple[str, ...] = ()
    landmarks: int | None = None

    def as_json(self) -> dict[str, object]:
        """Return the fields as JSON takes them."""
        return {**asdict(self), "state": self.state.value, "files": list(self.files)}


def list_backends(
    active: str = MEDIAPIPE, *, weights_dir: Path = WEIGHTS_DIR, loading: Loading = Loading.NOT_TRIED
) -> list[BackendStatus]:
    """Return every known backend, the folders that an operator has added, and the active one whatever it is."""
    present = sorted(path.name for path in weights_dir.iterdir() if path.is_dir()) if weights_dir.is_dir() else []
    names = dict.fromkeys((MEDIAPIPE, *BROUGHT_BACKENDS, *present, active))
    return [status_of(name, active=active, weights_dir=weights_dir, loading=loading) for name in names]


def status_of(
    backend: str, *, active: str = MEDIAPIPE, weights_dir: Path = WEIGHTS_DIR, loading: Loading = Loading.NOT_TRIED
) -> BackendStatus:
    """Return what is known of one backend; nothing is raised: a problem is part of the answer."""
    if backend == MEDIAPIPE:
        status = _bundled(backend)
    elif is_dotted_path(backend):
        status = BackendStatus(backend, False, State.READY, model="a class of this installation; known once loaded")
    else:
        status = _brought(backend, weights_dir)
    if loading is Loading.TRIED and status.state is State.READY:
        status = _loaded(status, weights_dir)
    return replace(status, is_active=backend == active)


def _bundled(backend: str) -> BackendStatus:
    runtime = _installed(("mediapipe",))
    found = BackendStatus(
        backend,
        False,
        State.READY,
        runtime=runtime,
        licence="Apache-2.0, Google LLC",
        commercial_use=True,
        files=(str(BUNDLED_MODEL),),
        landmarks=LANDMARK_COUNT,
    )
    if not runtime:
        return _unusable(found, State.PACKAGE_MISSING, "mediapipe is not installed.", "not_installed")
    if not BUNDLED_MODEL.is_file():
        problem = f"{BUNDLED_MODEL} is missing; it is part of the repository."
        return _unusable(found, State.WEIGHTS_MISSING, problem, "weights_missing")
    sha256 = hashlib.sha256(BUNDLED_MODEL.read_bytes()).hexdigest()
    return replace(found, model=f"mediapipe-pose-full/{runtime.partition(' ')[2]}+{sha256[:12]}")


def _brought(backend: str, weights_dir: Path) -> BackendStatus:
    licence, commercial_use = _LICENCES.get(backend, ("", None))
    found = BackendStatus(
        backend, False, State.READY, runtime=_installed(_RUNTIMES), licence=licence, commercial_use=commercial_use
    )
    try:
        folder = weights_folder(backend, weights_dir)
        found = replace(found, files=(str(folder / SIDECAR), str(folder / "*.onnx")))
        sidecar = read_sidecar(folder)
        found = _described(found, sidecar)
        read_network(sidecar)
    except PoseBackendError as error:
        missing = error.code == "weights_missing"
        return _unusable(found, State.WEIGHTS_MISSING if missing else State.ERROR, str(error), error.code)
    if not found.runtime:
        problem = "onnxruntime is not installed (requirements.txt has it)."
        return _unusable(found, State.PACKAGE_MISSING, problem, "not_installed")
    return found


def _described(found: BackendStatus, sidecar: Sidecar) -> BackendStatus:
    folder = sidecar.network_path.parent
    return replace(
        found,
        model=sidecar.identity,
        licence=" ".join(filter(None, (sidecar.licence, sidecar.licence_url))),
        commercial_use=sidecar.commercial_use,
        files=(str(folder / SIDECAR), str(sidecar.network_path)),
        landmarks=sum(landmark is not None for landmark in sidecar.keypoint_order.landmarks),
    )


def _loaded(status: BackendStatus, weights_dir: Path) -> BackendStatus:
    try:
        return replace(status, model=load_pose_estimator(status.backend, weights_dir=weights_dir).name)
    except PoseBackendError as error:
        return _unusable(status, State.ERROR, str(error), error.code)


def _unusable(status: BackendStatus, state: State, problem: str, code: str) -> BackendStatus:
    return replace(status, state=state, problem=problem, code=code)


def _installed(packages: Sequence[str]) -> str:
    """Return name and version of the first package that is installed, "" of none."""
    for package in packages:
        try:
            return f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            continue
    return ""
