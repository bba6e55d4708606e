"""Stands in for `az containerapp`: keeps apps, revisions and traffic in a file, as Azure does, and logs each call.

It knows the commands of deploy/release/release.sh and refuses every other. `FAIL` in the environment names a call
that fails: the beginning of its words.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

STATE = Path(os.environ["AZ_STATE"])
APP = "cgm"


def option(words: list[str], name: str) -> str:
    return words[words.index(name) + 1]


def weights(words: list[str]) -> dict[str, int]:
    start = words.index("--revision-weight") + 1
    pairs = [word.split("=") for word in words[start:] if "=" in word and not word.startswith("-")]
    return {revision: int(weight) for revision, weight in pairs}


def answer(state: dict, words: list[str]) -> str:
    """Return what the command prints, and change the state as it would."""
    command = " ".join(word for word in words[1:5] if not word.startswith("-")).split(" " + APP)[0]
    name = option(words, "--name")
    match command:
        case "ingress traffic show":
            # Traffic that follows the newest revision names none.
            return next((r for r in state["revisions"] if state["traffic"].get(r) == 100), "")
        case "ingress traffic set":
            wanted = weights(words)
            assert sum(wanted.values()) == 100, wanted
            assert set(wanted) <= set(state["revisions"]), f"{wanted} of {state['revisions']}"
            state["traffic"] = {revision: weight for revision, weight in wanted.items() if weight}
        case "show":
            query = option(words, "--query")
            if "fqdn" in query:
                return f"{name}.wise.eastus2.azurecontainerapps.io"
            return state["revisions"][-1] if "Revision" in query else state["images"][name]
        case "update":
            state["images"][name] = option(words, "--image")
            if "--revision-suffix" in words:
                state["revisions"].append(f"{name}--{option(words, '--revision-suffix')}")
        case "job update":
            state["images"][name] = option(words, "--image")
        case "job start":
            return f"{name}-1"
        case "job execution show":
            return "Failed" if os.environ.get("FAIL") == f"job {name}" else "Succeeded"
        case "revision label add":
            state["label"] = option(words, "--revision")
        case "revision label remove":
            state["label"] = ""
        case "revision deactivate":
            assert option(words, "--revision") not in state["traffic"]
            state["revisions"].remove(option(words, "--revision"))
        case _:
            raise SystemExit(f"az stand-in: unknown command {command!r}")
    return ""


def main() -> None:
    words = sys.argv[1:]
    state = json.loads(STATE.read_text())
    state["calls"].append(" ".join(words))
    failing = os.environ.get("FAIL")
    if failing and " ".join(words).startswith(f"containerapp {failing}") and failing not in state["failed"]:
        state["failed"].append(failing)
        STATE.write_text(json.dumps(state))
        raise SystemExit(f"az stand-in: {failing} fails as asked")
    said = answer(state, words)
    STATE.write_text(json.dumps(state))
    sys.stdout.write(f"{said}\n")


main()
