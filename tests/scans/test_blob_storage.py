"""What the portal keeps in Azure's store, sweeps from it, and asks of it before a start; against Azurite."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceExistsError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from cgm_portal.checks import check_containers
from cgm_portal.errors import DomainError, StoreUnavailableError
from children.consents import withdraw_consent
from scans.blob_store import store_of
from scans.blob_sweep import sweep_blobs
from scans.direct_uploads import part_of
from scans.models import ScanSession, ScanVideo, scan_video_storage
from scans.services import attach_video
from scans.storage import fetched_film
from tests.scans.conftest import FILM
from tests.scans.containers import container, names, overwrite, send

WHOLE = {"x-ms-blob-type": "BlockBlob"}
COMMIT = b'<?xml version="1.0"?><BlockList><Latest>MDAwMDAw</Latest></BlockList>'
LATER = timedelta(days=2)

pytestmark = pytest.mark.django_db


# --- what the store keeps --------------------------------------------------------------------------------


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


# --- the sweep -------------------------------------------------------------------------------------------


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


# --- a store that is away, and what is asked before a start ----------------------------------------------


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


def test_a_phone_is_sent_to_the_public_address_with_a_signature_that_the_store_takes(azure_films, announce):
    public = "http://portal.example"
    scan_video_storage().public_endpoint = f"{public}/"
    try:
        _upload, url = announce()
    finally:
        scan_video_storage().public_endpoint = ""

    assert url.startswith(f"{public}/{scan_video_storage().azure_container}/children/")
    send(url.replace(f"{public}/{scan_video_storage().azure_container}", container().url))
