"""What Azure's store lets nobody do, and what the portal keeps there; against Azurite."""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobSasPermissions
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from cgm_portal.checks import check_containers
from cgm_portal.errors import DomainError, StoreUnavailableError
from children.consents import withdraw_consent
from scans.blob_store import store_of
from scans.blob_sweep import sweep_blobs
from scans.direct_uploads import Announcement, complete_upload, grant_blocks, part_of, start_upload
from scans.models import ScanSession, ScanVideo, scan_video_storage
from scans.services import attach_video, start_session
from scans.storage import fetched_film
from tests.scans.phones import block_url, get, put
from tests.stand_ins.identity import identity_endpoint

FILM = os.urandom(3000)
BLOCK = 1000
WHOLE = {"x-ms-blob-type": "BlockBlob"}
COMMIT = b'<?xml version="1.0"?><BlockList><Latest>MDAwMDAw</Latest></BlockList>'
LATER = timedelta(days=2)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(child, health_worker) -> ScanSession:
    return start_session(child=child, started_by=health_worker, facts={})


@pytest.fixture
def announce(session, health_worker, settings):
    """Return a maker of uploads with the address for their blocks."""
    settings.UPLOAD_BLOCK_BYTES = BLOCK

    def make(film=FILM, scan_type="standing_front"):
        digests = {"sha256": hashlib.sha256(film).hexdigest(), "md5": hashlib.md5(film).hexdigest()}
        announced = Announcement(scan_type=scan_type, size_bytes=len(film), content_type="video/webm", **digests)
        upload = start_upload(session=session, announced=announced, started_by=health_worker)
        return upload, grant_blocks(upload).url

    return make


@pytest.fixture
def complete(django_capture_on_commit_callbacks):
    """Return `complete_upload` with what happens after its commit."""

    def run(upload):
        with django_capture_on_commit_callbacks(execute=True):
            return complete_upload(upload=upload)

    return run


def send(url, film=FILM):
    for number in range(0, len(film) // BLOCK):
        assert put(block_url(url, number), film[number * BLOCK : (number + 1) * BLOCK])[0] == 201


def container():
    return scan_video_storage().client


def names():
    return {blob.name for blob in container().list_blobs(include=["uncommittedblobs"])}


def overwrite(video, content):
    """Do to a stored film what nobody may do, with the key of the account."""
    container().get_blob_client(video.file.name).upload_blob(content, overwrite=True)


# --- what an address for blocks allows ------------------------------------------------------------------


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
    check = __import__("scans.blob_azure", fromlist=["x"]).is_as_announced

    def write_meanwhile(upload, chunks):
        right = check(upload, chunks)
        put(url, b"another film", **WHOLE)
        return right

    monkeypatch.setattr("scans.blob_azure.is_as_announced", write_meanwhile)
    with pytest.raises(DomainError) as refusal:
        complete(upload)

    assert refusal.value.code == "upload_busy"
    assert names() == {part_of(upload)}


# --- what the store keeps -------------------------------------------------------------------------------


def expected_metadata(session):
    return {"child_id": str(session.child_id), "session_id": str(session.pk), "scan_type": "standing_front"}


def test_a_film_in_blocks_keeps_ids_content_type_and_md5(azure_films, announce, complete, session):
    upload, url = announce()
    send(url)
    video = complete(upload)

    kept = container().get_blob_client(video.file.name).get_blob_properties()

    assert video.file.name == f"children/{session.child_id}/sessions/{session.pk}/standing_front.mp4"
    assert kept.metadata == expected_metadata(session)
    assert kept.content_settings.content_type == "video/webm"
    assert bytes(kept.content_settings.content_md5) == hashlib.md5(FILM).digest()


def test_a_film_by_form_keeps_the_same(azure_films, session):
    upload = SimpleUploadedFile("IMG Amina.MOV", FILM, content_type="text/html")
    video = attach_video(session=session, scan_type="standing_front", upload=upload)

    kept = container().get_blob_client(video.file.name).get_blob_properties()

    assert kept.metadata == expected_metadata(session)
    assert kept.content_settings.content_type == "video/mp4"
    assert bytes(kept.content_settings.content_md5) == hashlib.md5(FILM).digest()


def test_a_film_by_form_never_replaces_a_blob(azure_films, session):
    name = f"children/{session.child_id}/sessions/{session.pk}/standing_front.mp4"
    container().upload_blob(name, b"an orphan")

    video = attach_video(session=session, scan_type="standing_front", upload=SimpleUploadedFile("f", FILM))

    assert video.file.name != name
    assert container().download_blob(name).readall() == b"an orphan"
    with fetched_film(video) as path:
        assert path.read_bytes() == FILM


def test_the_worker_reads_the_film_that_was_uploaded(azure_films, announce, complete):
    upload, url = announce()
    send(url)

    with fetched_film(complete(upload)) as path:
        assert path.read_bytes() == FILM
    assert not path.exists()


@pytest.mark.parametrize("content", [FILM[:-1], b"", FILM[:1500] + FILM[1501:] + b"x"])
def test_a_blob_that_is_not_what_was_uploaded_is_not_handed_to_the_decoder(azure_films, session, content):
    video = attach_video(session=session, scan_type="standing_front", upload=SimpleUploadedFile("f", FILM))
    overwrite(video, content)

    with pytest.raises(DomainError) as refusal, fetched_film(video):
        pytest.fail("a damaged film was handed out")
    assert refusal.value.code == "blob_damaged"


def test_bytes_whose_md5_is_not_that_of_the_blob_are_not_handed_out_either(azure_films, session):
    video = attach_video(session=session, scan_type="standing_front", upload=SimpleUploadedFile("f", FILM))
    overwrite(video, b"replaced")
    ScanVideo.objects.filter(pk=video.pk).update(sha256=hashlib.sha256(b"replaced").hexdigest())
    blob = container().get_blob_client(video.file.name)
    settings = blob.get_blob_properties().content_settings
    settings.content_md5 = bytearray(hashlib.md5(FILM).digest())
    blob.set_http_headers(settings)

    video.refresh_from_db()
    with pytest.raises(DomainError), fetched_film(video):
        pytest.fail("a damaged film was handed out")


def test_a_blob_has_no_address_in_pages(azure_films, session):
    video = attach_video(session=session, scan_type="standing_front", upload=SimpleUploadedFile("f", FILM))

    with pytest.raises(ValueError, match="no address"):
        _ = video.file.url


# --- the sweep ------------------------------------------------------------------------------------------


def test_the_sweep_takes_what_nobody_asks_for_and_nothing_else(azure_films, announce, complete, make_child, session):
    kept, url = announce(scan_type="standing_side")
    send(url)
    film = complete(kept)
    waiting, url = announce()
    send(url)
    folder = f"children/{session.child_id}/sessions/{session.pk}"
    container().upload_blob(f"{folder}/lying_above.mp4", b"erased while the store was away")
    stray = part_of(waiting).replace(str(waiting.pk), "00000000-0000-4000-8000-000000000000")
    container().get_blob_client(stray).stage_block("000000", b"sent after the erasure")
    container().upload_blob("not-ours.txt", b"somebody else's")

    at_once = sweep_blobs()
    later = sweep_blobs(now=timezone.now() + timedelta(hours=3))

    assert at_once == 1  # the stray part: whoever stores a film may not have its row yet
    assert later == 2  # the orphan, and the mark at the end of an upload whose address has run out
    assert names() == {film.file.name, part_of(waiting), "not-ours.txt"}
    assert complete(waiting).size_bytes == len(FILM)


def test_blocks_of_an_ended_session_are_swept(azure_films, announce, session):
    _upload, url = announce()
    send(url)
    ScanSession.objects.filter(pk=session.pk).update(state="cancelled", finished_at=timezone.now())

    assert sweep_blobs() == 1
    assert names() == set()


def test_an_erasure_takes_the_film_and_the_mark_that_closed_its_upload(
    azure_films, announce, complete, session, health_worker, django_capture_on_commit_callbacks
):
    upload, url = announce()
    send(url)
    complete(upload)

    with django_capture_on_commit_callbacks(execute=True):
        withdraw_consent(consent=session.consent, withdrawn_by=health_worker)

    assert names() == set()


# --- a store that is away, and what is asked before a start --------------------------------------------


def test_a_store_that_is_away_is_said_as_such(use_containers, session, azurite):
    away = azurite.connection_string.replace(f":{azurite.port}/", ":1/")
    use_containers(connection_string=away, create=False)

    with pytest.raises(StoreUnavailableError), transaction.atomic():
        attach_video(session=session, scan_type="standing_front", upload=SimpleUploadedFile("f", FILM))
    with pytest.raises(StoreUnavailableError):
        store_of(scan_video_storage()).read("children/a.mp4")
    assert not ScanVideo.objects.exists()


def test_the_containers_are_made_private_and_a_second_time_changes_nothing(use_containers, azurite, capsys):
    prefix = use_containers(connection_string=azurite.connection_string, create=False)

    before = check_containers()
    call_command("create_containers")
    call_command("create_containers")

    assert [problem.id for problem in before] == ["containers.E001"] * 3
    assert check_containers() == []
    said = capsys.readouterr().out
    assert f"{prefix}-backups: created" in said
    assert f"{prefix}-backups: there already" in said
    with pytest.raises(ResourceExistsError):
        container().create_container()


def test_a_public_container_stops_the_deployment(azure_films):
    container().set_container_access_policy(signed_identifiers={}, public_access="blob")

    assert [problem.id for problem in check_containers()] == ["containers.E002"]
    with pytest.raises(CommandError, match="open to everybody"):
        call_command("create_containers")


def test_a_store_that_is_away_stops_the_deployment(use_containers, azurite):
    use_containers(connection_string=azurite.connection_string.replace(f":{azurite.port}/", ":1/"), create=False)

    assert [problem.id for problem in check_containers()] == ["containers.E003"] * 3


def test_with_folders_there_is_nothing_to_make(capsys):
    call_command("create_containers")

    assert "nothing to create" in capsys.readouterr().out
    assert check_containers() == []


# --- by the portal's own identity, over TLS -------------------------------------------------------------


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
