"""A release moves people over in steps, and whatever fails on the way leaves them, and the workers, where they were.

`az` is a stand-in that keeps apps, revisions and traffic; the smoke test is one that fails for the address it is told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cgm_portal.env import BASE_DIR

OLD = {
    "cgm": "r/cgm-web:old",
    "cgm-worker": "r/cgm-worker:old",
    "cgm-gpu": "r/cgm-gpu:old",
    "cgm-beat": "r/cgm-worker:old",
}
NEW = {
    "cgm": "r/cgm-web:0123456789abc",
    "cgm-worker": "r/cgm-worker:0123456789abc",
    "cgm-gpu": "r/cgm-gpu:0123456789abc",
}
STABLE, REVISION = "cgm--stable", "cgm--r0123456789"
NEXT_ADDRESS, PUBLIC_ADDRESS = "https://cgm---next.wise.eastus2.azurecontainerapps.io", "https://portal.example"


def release(
    folder: Path, *, fail: str = "", bad_address: str = "", people_on: str = STABLE
) -> tuple[subprocess.CompletedProcess[str], dict]:
    """Run the release against the stand-in; returns what it said and what Azure would hold afterwards."""
    state = folder / "state.json"
    state.write_text(
        json.dumps(
            {"traffic": {people_on: 100}, "revisions": [STABLE], "images": OLD, "label": "", "calls": [], "failed": []}
        )
    )
    programs = folder / "bin"
    programs.mkdir()
    stand_in = Path(__file__).with_name("az_stand_in.py")
    (programs / "az").write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {stand_in} "$@"\n')
    (programs / "smoke").write_text(f'#!/bin/sh\necho "$1" >>{folder}/smoked\n[ "$1" != "{bad_address}" ]\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    env = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "AZ_STATE": str(state),
        "FAIL": fail,
        "SMOKE_TEST": str(programs / "smoke"),
        "RESOURCE_GROUP": "cgm-production-rg",
        "WEB_APP": "cgm",
        "REGISTRY": "r",
        "TAG": "0123456789abc",
        "PUBLIC_ADDRESS": PUBLIC_ADDRESS,
        "JOB_POLL_SECONDS": "0",
    }
    script = BASE_DIR / "deploy" / "release" / "release.sh"
    done = subprocess.run([str(script)], env=env, capture_output=True, text=True, timeout=120, check=False)
    return done, json.loads(state.read_text())


def test_a_release_backs_up_migrates_and_moves_people_in_steps(tmp_path):
    done, state = release(tmp_path)

    assert done.returncode == 0, done.stderr
    assert state["traffic"] == {REVISION: 100}
    assert state["images"] | NEW == state["images"]
    assert state["label"] == ""
    calls = [call.removeprefix("containerapp ") for call in state["calls"]]
    shares = [call.split("--revision-weight ")[1].split(" --")[0] for call in calls if "--revision-weight" in call]
    assert shares == [f"{STABLE}=100", *(f"{STABLE}={100 - n} {REVISION}={n}" for n in (10, 50, 100))]
    order = [next(i for i, call in enumerate(calls) if call.startswith(start)) for start in ORDER]
    assert order == sorted(order)
    assert (tmp_path / "smoked").read_text().split() == [NEXT_ADDRESS, *[PUBLIC_ADDRESS] * 10]


ORDER = (
    "ingress traffic set",
    "job start --name cgm-backup",
    "job start --name cgm-migrate",
    "update --name cgm ",
    "revision label add",
    "update --name cgm-worker",
)
FAILURES = {
    "the backup fails": {"fail": "job cgm-backup"},
    "the migration fails": {"fail": "job cgm-migrate"},
    "the new revision does not come": {"fail": "update --name cgm "},
    "the new revision is not well": {"bad_address": NEXT_ADDRESS},
    "people meet errors": {"bad_address": PUBLIC_ADDRESS},
    "the gpu worker cannot be changed": {"fail": "update --name cgm-gpu"},
    "beat cannot be changed": {"fail": "update --name cgm-beat"},
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_whatever_fails_people_and_workers_are_back_on_what_they_had(tmp_path, failure):
    done, state = release(tmp_path, **failure)

    assert done.returncode == 1
    assert state["traffic"] == {STABLE: 100}
    assert {name: state["images"][name] for name in ("cgm-worker", "cgm-gpu", "cgm-beat")} == {
        name: image for name, image in OLD.items() if name != "cgm"
    }
    assert REVISION not in state["revisions"]
    assert state["label"] == ""


def test_people_stay_on_their_revision_when_it_followed_the_newest(tmp_path):
    done, state = release(tmp_path, fail="job cgm-migrate", people_on="the newest")

    first_change = next(call for call in state["calls"] if "traffic set" in call)
    assert done.returncode == 1
    assert f"--revision-weight {STABLE}=100" in first_change
    assert state["traffic"] == {STABLE: 100}
