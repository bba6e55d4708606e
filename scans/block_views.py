"""The two doors that stand in for Azure where films are kept in a folder: one takes blocks, one serves a film.

The address carries its right, signed and short-lived, as a SAS does; no cookie or token is asked for. A block is sent
exactly as to Azure: `PUT {url}&comp=block&blockid={base64 of six digits}`, with `Content-MD5`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid

from django.conf import settings
from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from cgm_portal.errors import DomainError, problem_response
from scans.blob_folder import FolderStore
from scans.blob_store import store_of
from scans.direct_uploads import part_of, refuse_ended
from scans.film_access import refuse_viewer
from scans.models import DirectUpload, FilmView, ScanVideo, scan_video_storage

BLOCK_SALT = "scans.blocks"
FILM_SALT = "scans.film"


def block_address(request: HttpRequest, upload: DirectUpload) -> str:
    """Return the address that takes the blocks of `upload`, for UPLOAD_GRANT_SECONDS."""
    return _address(request, "scans:blocks", upload.pk, BLOCK_SALT)


def film_address(request: HttpRequest, view: FilmView) -> str:
    """Return the address that serves the film of `view`, for FILM_GRANT_SECONDS."""
    return _address(request, "scans:film", view.pk, FILM_SALT)


@csrf_exempt  # the signed address is the right; there is no session to ride on
@require_http_methods(["PUT"])
@never_cache
def put_block(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep one block of an open upload: 201, or a problem document."""
    store = store_of(scan_video_storage())
    upload = DirectUpload.objects.select_related("session__consent").filter(pk=pk).first()
    is_granted = _is_granted(request, pk, BLOCK_SALT, settings.UPLOAD_GRANT_SECONDS)
    if not is_granted or upload is None or not isinstance(store, FolderStore):
        return _refused()
    try:
        _keep_block(request, upload, store)
    except DomainError as refusal:
        is_late = refusal.code in {"no_scan_consent", "session_closed"}
        return problem_response(status=409 if is_late else 400, code=refusal.code, detail=refusal.message)
    return HttpResponse(status=201)


@require_GET
@never_cache
def serve_film(request: HttpRequest, pk: uuid.UUID) -> HttpResponse | FileResponse:
    """Serve the film of a view that was written down, while its minutes last and its viewer still may."""
    view = FilmView.objects.select_related("opened_by").filter(pk=pk, expires_at__gt=timezone.now()).first()
    if view is None or not _is_granted(request, pk, FILM_SALT, settings.FILM_GRANT_SECONDS):
        return _refused()
    video = ScanVideo.objects.select_related("session__child").filter(pk=view.video_id).first()
    if video is None:
        return problem_response(status=404, code="not_found", detail="The film is not kept any more.")
    try:
        refuse_viewer(video, view.opened_by)
    except DomainError:
        return _refused()
    return FileResponse(video.file.storage.open(video.file.name, "rb"), content_type="video/mp4")


def _address(request: HttpRequest, route: str, key: uuid.UUID, salt: str) -> str:
    path = reverse(route, kwargs={"pk": key})
    return f"{request.build_absolute_uri(path)}?grant={signing.dumps(str(key), salt=salt)}"


def _is_granted(request: HttpRequest, key: uuid.UUID, salt: str, seconds: int) -> bool:
    try:
        return signing.loads(request.GET.get("grant", ""), salt=salt, max_age=seconds) == str(key)
    except signing.BadSignature:  # SignatureExpired is one
        return False


def _refused() -> HttpResponse:
    return problem_response(
        status=403, code="grant_refused", detail="This address is not valid, or not any more. Ask for a new one."
    )


def _keep_block(request: HttpRequest, upload: DirectUpload, store: FolderStore) -> None:
    if upload.completed_at is not None:
        raise DomainError("session_closed", _("This upload is complete."))
    refuse_ended(upload.session)
    number = _block_number(request)
    if not 0 <= number < upload.block_count:
        raise DomainError(
            "block_unknown", _("The film has the blocks 0 to %(last)d.") % {"last": upload.block_count - 1}
        )
    size = upload.block_size(number)
    content = request.read(size + 1)
    if len(content) != size:
        raise DomainError(
            "block_size_wrong", _("Block %(number)d has %(size)d bytes.") % {"number": number, "size": size}
        )
    expected = request.headers.get("Content-MD5")
    if expected and expected != base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode():
        raise DomainError("block_damaged", _("The block arrived damaged: its MD5 differs. Send it again."))
    store.put_block(part_of(upload), number, content)


def _block_number(request: HttpRequest) -> int:
    try:
        digits = base64.b64decode(request.GET.get("blockid", ""), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        digits = ""
    if request.GET.get("comp") != "block" or len(digits) != 6 or not digits.isdigit():
        raise DomainError("block_unknown", _("Name the block: comp=block and blockid, the base64 of its six digits."))
    return int(digits)
