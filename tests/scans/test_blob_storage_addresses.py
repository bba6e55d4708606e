"""What an address of Azure's store allows whoever holds it: one blob, to write, not for long; against Azurite."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.storage.blob import BlobSasPermissions
from django.utils import timezone

from cgm_portal.errors import DomainError
from scans import blob_azure
from scans.blob_sweep import sweep_blobs
from scans.direct_uploads import part_of
from scans.models import scan_video_storage
from tests.scans.conftest import BLOCK, FILM
from tests.scans.containers import container, names, send
from tests.scans.phones import block_url, get, put
from tests.stand_ins.identity import identity_endpoint

WHOLE = {"x-ms-blob-type": "BlockBlob"}
COMMIT = b'<?xml version="1.0"?><BlockList><Latest>MDAwMDAw</Latest></BlockList>'
LATER = timedelta(days=2)

pytestmark = pytest.mark.django_db


def test_the_address_is_for_one_blob_to_write_and_not_for_long(azure_films, announce, settings):
    settings.UPLOAD_GRANT_SECONDS = 600
    upload, url = announce()

    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    assert urlsplit(url).path.endswith(f"/{azure_films}/{part_of(upload)}")
    assert (query["sp"], query["sr"]) == ("cw", "b")
    assert query["se"] <= (timezone.now() + timedelta(seconds=601)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_expired_address_is_refused(azure_films, announce, settings):
    settings.UPLOAD_GRANT_SECONDS = -60
    _upload, url = announce()

    assert put(block_url(url, 0), FILM[:BLOCK]) == (403, "AuthorizationFailure")


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url: url.replace("sp=cw", "sp=rcwd"),
        lambda url: url.replace("se=20", "se=21"),
        lambda url: url.replace("sig=", "sig=A"),
        lambda url: url.split("?")[0] + "?",
        lambda url: url.replace("sr=b", "sr=c"),
    ],
)
def test_a_changed_address_is_refused(azure_films, announce, tamper):
    _upload, url = announce()

    assert tamper(url) != url
    assert put(block_url(tamper(url), 0), FILM[:BLOCK])[0] in {401, 403}


def test_the_address_of_one_upload_is_none_for_another_blob(azure_films, announce):
    mine, url = announce()
    other, _url = announce(FILM + FILM)
    film = f"{part_of(mine).rsplit('/', 1)[0]}/standing_front.mp4"

    for name in (part_of(other), film, "anything"):
        foreign = url.replace(part_of(mine), name)
        assert put(block_url(foreign, 0), FILM[:BLOCK])[0] == 403, name
        assert put(foreign, FILM, **WHOLE)[0] == 403, name


def test_nothing_is_read_deleted_or_listed_with_it(azure_films, announce):
    upload, url = announce()
    send(url)
    account, _, signature = url.partition("?")
    folder = account.removesuffix(f"/{part_of(upload)}")

    assert get(url)[0] == 403
    assert get(f"{url}&comp=blocklist&blocklisttype=all")[0] == 403
    assert put(url, method="DELETE")[0] == 403
    assert get(f"{folder}?restype=container&comp=list&{signature}")[0] == 403
    assert get(f"{folder}?restype=container&comp=list")[0] in {401, 403, 404}


def test_after_completion_whatever_is_sent_again_is_refused_and_the_film_stays(azure_films, announce, complete):
    upload, url = announce()
    send(url)
    video = complete(upload)

    replays = {
        "block": put(block_url(url, 0), FILM[:BLOCK]),
        "block list": put(f"{url}&comp=blocklist", COMMIT),
        "whole blob": put(url, b"another film", **WHOLE),
        "append blob": put(url, b"", **{"x-ms-blob-type": "AppendBlob"}),
        "append": put(f"{url}&comp=appendblock", b"more"),
        "metadata": put(f"{url}&comp=metadata", b""),
    }

    assert {what: status for what, (status, _code) in replays.items() if status < 400} == {}
    assert replays["block"] == (412, "LeaseIdMissing")
    assert container().download_blob(video.file.name).readall() == FILM


def test_who_breaks_the_lease_reaches_no_film(azure_films, announce, complete):
    upload, url = announce()
    send(url)
    video = complete(upload)

    put(f"{url}&comp=lease", b"", **{"x-ms-lease-action": "break", "x-ms-lease-break-period": "0"})
    put(url, b"another film", **WHOLE)

    assert container().download_blob(video.file.name).readall() == FILM
    sweep_blobs(now=timezone.now() + LATER)
    assert names() == {video.file.name}


def test_with_create_alone_the_store_takes_no_block(azure_films):
    """Why blocks cannot go to the name of the film: if this changes, they could."""
    until = timezone.now() + timedelta(minutes=5)
    url = scan_video_storage().blob_url_with_sas("x.mp4", permission=BlobSasPermissions(create=True), until=until)

    assert put(block_url(url, 0), b"block") == (403, "AuthorizationPermissionMismatch")


def test_a_film_that_a_client_sends_as_one_blob_is_taken_too(azure_films, announce, complete):
    upload, url = announce()
    put(url, FILM, **WHOLE)

    assert complete(upload).size_bytes == len(FILM)


def test_what_is_sent_while_the_film_is_checked_does_not_become_the_film(azure_films, announce, complete, monkeypatch):
    upload, url = announce()
    send(url)
    check = blob_azure.is_as_announced

    def write_meanwhile(upload, chunks):
        right = check(upload, chunks)
        put(url, b"another film", **WHOLE)
        return right

    monkeypatch.setattr(blob_azure, "is_as_announced", write_meanwhile)
    with pytest.raises(DomainError) as refusal:
        complete(upload)

    assert refusal.value.code == "upload_busy"
    assert names() == {part_of(upload)}


def test_by_identity_a_film_arrives_over_tls_with_a_delegated_signature(
    azurite_tls, use_containers, monkeypatch, announce, complete
):
    certificate = str(azurite_tls.certificate[0])
    with identity_endpoint() as identity:
        for name, value in identity.environment.items():
            monkeypatch.setenv(name, value)
        use_containers(
            account_name="cgmtests",
            endpoint=azurite_tls.url,
            identity_client_id="the-portals-own",
            client_options={"connection_verify": certificate},
        )
        upload, url = announce()
        _again, second = announce()
        query = parse_qs(urlsplit(url).query)
        tampered = put(block_url(url.replace("skoid=6", "skoid=7"), 0), FILM[:BLOCK], trust=certificate)
        for number in range(3):
            block = FILM[number * BLOCK : (number + 1) * BLOCK]
            assert put(block_url(url, number), block, trust=certificate)[0] == 201
        video = complete(upload)
        replayed = put(block_url(url, 0), FILM[:BLOCK], trust=certificate)

    assert "skoid" in query  # signed by a key of the identity, not of the account
    assert query["spr"] == ["https"]
    assert parse_qs(urlsplit(second).query)["skt"] == query["skt"]  # one key serves many addresses
    assert tampered[0] == 403
    assert replayed == (412, "LeaseIdMissing")
    assert container().download_blob(video.file.name).readall() == FILM
    assert {asked["client_id"] for asked in identity.asked} == {"the-portals-own"}


def test_a_block_is_checked_against_its_md5_by_the_store(azure_films, announce):
    _upload, url = announce()
    other = base64.b64encode(hashlib.md5(b"another block").digest()).decode()

    assert put(block_url(url, 0), FILM[:BLOCK], **{"Content-MD5": other}) == (400, "Md5Mismatch")
