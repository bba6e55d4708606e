"""Films straight into the store: what an address costs, and how fast blocks go up; both against Azurite.

1. *Addresses.* p95 of issuing an address (SAS) for the blocks of an upload, through the whole portal in this process.
   Yardstick: a view that only authenticates the same token and answers, asked in turn in the same run. Goal: at most
   2.0. Announcing a film and opening one for a supervisor, which issue one too but first store a row, are printed
   beside it.
2. *Blocks.* A film of 200 MB in the portal's blocks over the address that was handed out. Yardstick: `upload_blob` of
   Microsoft's own client, one connection, to the same Azurite in turn in the same run. Goal: at most 1.5. The
   completion (the portal reads the film back, checks it and copies it) is printed beside it; a plain client has none.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import io
import os
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from benchmarks.stage import make_child, private_portal
from tests.servers import RunningServer
from tests.stand_ins.azurite import Azurite

MB = 1000**2
ADDRESSES, WARM_UP = 300, 20
FILM_MB, ROUNDS = 200, 3
GOAL_ADDRESS_RATIO, GOAL_BLOCKS_RATIO = 2.0, 1.5


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", type=int, default=ADDRESSES)
    parser.add_argument("--film-mb", type=int, default=FILM_MB)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    with private_portal() as servers:
        azurite = Azurite(folder=servers.folder / "azurite", log=servers.folder / "azurite.log")
        running = RunningServer(azurite)
        running.start()
        try:
            use_azurite(azurite)
            measure_addresses(arguments.addresses)
            measure_blocks(arguments.film_mb * MB, rounds=arguments.rounds)
        finally:
            running.terminate()


def use_azurite(azurite: Azurite) -> None:
    """Keep films in a container of Azurite from now on."""
    from django.conf import settings
    from django.core.files.storage import storages
    from django.test.signals import setting_changed

    settings.ROOT_URLCONF = "benchmarks.blob_urls"
    options = {"connection_string": azurite.connection_string, "azure_container": "scan-videos"}
    settings.STORAGES |= {"scan_videos": {"BACKEND": "scans.blob_storage.FilmStorage", "OPTIONS": options}}
    setting_changed.send(sender=None, setting="STORAGES", value=settings.STORAGES, enter=True)
    storages["scan_videos"].client.create_container()
    from scans.models import ScanVideo

    ScanVideo._meta.get_field("file").storage = storages["scan_videos"]


def measure_addresses(count: int) -> None:
    """Ask for addresses and for the yardstick in turn; print p50, p95 and the ratios."""
    from django.core.files.base import ContentFile
    from django.test import Client

    from accounts.models import Membership, Role
    from accounts.services import issue_api_token
    from children.consents import give_consent
    from scans.services import attach_video, start_session

    child, worker = make_child(age_days=300, sex="F")
    Membership.objects.create(user=worker, programme=child.clinic.programme, clinic=child.clinic, role=Role.SUPERVISOR)
    give_consent(child=child, purpose="image_review", recorded_by=worker)
    filmed = start_session(child=child, started_by=worker, facts={})
    film = attach_video(session=filmed, scan_type="standing_front", upload=ContentFile(b"a film"))
    sessions = [start_session(child=child, started_by=worker, facts={}) for _ in range(count + WARM_UP)]
    client = Client(
        SERVER_NAME="localhost",
        headers={"Authorization": f"Bearer {issue_api_token(user=worker, name='benchmark')[1]}"},
    )

    def ask(path: str, body: dict[str, Any] | None = None) -> tuple[dict[str, Any], float]:
        started = time.perf_counter()
        answer = client.post(f"/api/v1/{path}", body, content_type="application/json")
        seconds = time.perf_counter() - started
        assert answer.status_code in {200, 201}, answer.content
        return answer.json(), seconds

    seconds: dict[str, list[float]] = {"bare view": [], "new address": [], "announce a film": [], "open a film": []}
    for session in sessions:
        digests = {"sha256": os.urandom(32).hex(), "md5": os.urandom(16).hex()}
        body = {"session": str(session.pk), "scan_type": "standing_front", "size_bytes": 50 * MB, **digests}
        seconds["bare view"].append(ask("bare/")[1])
        upload, announced = ask("video-uploads/", body)
        seconds["announce a film"].append(announced)
        seconds["new address"].append(ask(f"video-uploads/{upload['id']}/address/")[1])
        seconds["open a film"].append(ask(f"scan-videos/{film.pk}/open/")[1])
    figures = {name: percentiles(values[WARM_UP:]) for name, values in seconds.items()}
    bare = figures["bare view"][1]
    print(f"addresses, {count} each in turn (goal: p95 of a new address at most {GOAL_ADDRESS_RATIO} bare views)")
    for name, (p50, p95) in figures.items():
        print(f"  {name:16} p50 {1000 * p50:6.2f} ms  p95 {1000 * p95:6.2f} ms  ratio {p95 / bare:4.2f}")


def measure_blocks(size: int, *, rounds: int) -> None:
    """Send one film by blocks and one by Microsoft's client in turn; print medians and their ratio."""
    content = os.urandom(size)
    run_blocks(content)  # the first of either is slower
    run_plain(content)
    blocks, completions, plain = [], [], []
    for _round in range(rounds):
        sent, completed = run_blocks(content)
        blocks.append(sent)
        completions.append(completed)
        plain.append(run_plain(content))
    ours, theirs, completion = (statistics.median(values) for values in (blocks, plain, completions))
    print(f"{size / MB:.0f} MB, median of {rounds} in turn (goal: blocks at most {GOAL_BLOCKS_RATIO} of upload_blob)")
    print(f"  blocks {ours:.2f} s   upload_blob {theirs:.2f} s   ratio {ours / theirs:.2f}")
    together = (ours + completion) / theirs
    print(f"  completion {completion:.2f} s (read back, SHA-256 and MD5, copy)   together {together:.2f}")


def run_blocks(content: bytes) -> tuple[float, float]:
    """Send `content` as a phone does, one block after the other; return seconds of the blocks, of the completion."""
    from scans.direct_uploads import Announcement, complete_upload, grant_blocks, start_upload
    from scans.models import scan_video_storage
    from scans.services import start_session

    child, worker = make_child(age_days=300, sex="F")
    session = start_session(child=child, started_by=worker, facts={})
    digests = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    announced = Announcement(scan_type="standing_front", size_bytes=len(content), content_type="video/mp4", **digests)
    started = time.perf_counter()
    upload = start_upload(session=session, announced=announced, started_by=worker).upload
    grant = grant_blocks(upload)
    assert grant is not None
    address = urlsplit(grant.url or "")
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    for number in range(upload.block_count):
        block = content[number * upload.block_bytes : (number + 1) * upload.block_bytes]
        block_id = base64.b64encode(b"%06d" % number).decode()
        md5 = base64.b64encode(hashlib.md5(block, usedforsecurity=False).digest()).decode()
        path = f"{address.path}?{address.query}&comp=block&blockid={block_id}"
        connection.request("PUT", path, block, {"Content-MD5": md5})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
    connection.close()
    sent = time.perf_counter() - started
    video, completed = timed(lambda: complete_upload(upload=upload))
    scan_video_storage().delete(video.file.name)
    return sent, completed


def run_plain(content: bytes) -> float:
    """Send `content` with Microsoft's client as it comes; return its seconds."""
    from scans.models import scan_video_storage

    blob = scan_video_storage().client.get_blob_client("plain-client")
    _answer, seconds = timed(lambda: blob.upload_blob(io.BytesIO(content), overwrite=True))
    blob.delete_blob()
    return seconds


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` returns, and its seconds."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def percentiles(values: list[float]) -> tuple[float, float]:
    """Return p50 and p95."""
    return statistics.median(values), statistics.quantiles(values, n=20)[18]


if __name__ == "__main__":
    main()
