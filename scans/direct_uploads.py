"""Films straight from the phone into the store: announce, send blocks, complete.

The portal hands out an address for one upload, says which blocks are still missing, and makes the film of a session
out of them once size and hashes are right. What one may do with the address is for `scans.blob_store` to say; the
refusals are those of `scans.services.attach_video`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cgm_portal.errors import DomainError
from scans.blob_names import film_name, part_name
from scans.blob_store import BlobStore, is_as_announced, store_of
from scans.models import DirectUpload, ScanSession, ScanVideo, scan_video_storage
from scans.services import refuse_mixed_positions, refuse_too_large, same_video_or_refuse, store_while_open

logger = logging.getLogger(__name__)

MAX_UPLOADS_PER_SESSION = 10  # three films and a few that were recorded again


@dataclass(frozen=True)
class Announcement:
    """A film that a phone holds. Digests are lower-case hex."""

    scan_type: str
    size_bytes: int
    sha256: str
    md5: str
    content_type: str


@dataclass(frozen=True)
class BlockGrant:
    """The right to send blocks: `url` is None where the portal itself takes them."""

    url: str | None
    expires_at: datetime


@dataclass(frozen=True)
class StartedUpload:
    """An announced film; of a new one no block can have arrived."""

    upload: DirectUpload
    is_new: bool

    def missing_blocks(self) -> list[int]:
        """Return the numbers of the blocks to send, asking the store only where something may be."""
        if self.is_new and self.upload.completed_at is None:
            return list(range(self.upload.block_count))
        return missing_blocks(self.upload)


def start_upload(*, session: ScanSession, announced: Announcement, started_by: User) -> StartedUpload:
    """Announce a film of an open session; announcing the same film again returns the same upload.

    Raises DomainError: `empty_file`, `too_large`, `no_scan_consent`, `session_closed`, `mixed_positions`,
    `video_exists`, `too_many_uploads`.
    """
    if not announced.size_bytes:
        raise DomainError("empty_file", _("The video is empty (0 bytes). Record it again."), field="size_bytes")
    refuse_too_large(announced.size_bytes, field="size_bytes")
    films = {film.scan_type: film for film in session.videos.all()}
    existing = films.get(announced.scan_type)
    if existing is not None:
        same_video_or_refuse(existing, announced.sha256)
    else:
        refuse_ended(session)
        if films:
            refuse_mixed_positions(session, announced.scan_type)
    known = {(upload.scan_type, upload.sha256): upload for upload in session.uploads.all()}
    upload = known.get((announced.scan_type, announced.sha256))
    if upload is None:
        if len(known) >= MAX_UPLOADS_PER_SESSION:
            raise DomainError("too_many_uploads", _("This session has too many unfinished uploads. Start a new scan."))
        upload = _announced(session, announced, started_by, is_complete=existing is not None)
        return StartedUpload(upload=upload, is_new=True)
    if (upload.size_bytes, upload.md5) != (announced.size_bytes, announced.md5):
        raise DomainError(
            "hash_mismatch", _("A film with this SHA-256 was announced with another size or MD5."), field="md5"
        )
    if existing is not None and upload.completed_at is None:
        _finished(upload, existing)  # the same film came through the portal meanwhile
        upload.refresh_from_db(fields=["completed_at"])
    return StartedUpload(upload=upload, is_new=False)


def grant_blocks(upload: DirectUpload) -> BlockGrant | None:
    """Return the right to send the blocks of an open upload; None when it is complete.

    Raises DomainError: `no_scan_consent`, `session_closed`.
    """
    if upload.completed_at is not None:
        return None
    refuse_ended(upload.session)
    until = timezone.now() + timedelta(seconds=settings.UPLOAD_GRANT_SECONDS)
    return BlockGrant(url=_store().block_url(part_of(upload), until=until), expires_at=until)


def missing_blocks(upload: DirectUpload) -> list[int]:
    """Return the numbers of the blocks that still have to be sent, counted from 0."""
    return [] if upload.completed_at is not None else _store().missing_blocks(upload, part_of(upload))


def complete_upload(*, upload: DirectUpload) -> ScanVideo:
    """Make the film of an upload whose blocks are all there; completing again returns the same film.

    No transaction is open while the store works. Raises DomainError: `blocks_missing`, `hash_mismatch` (what arrived
    is thrown away), `upload_busy`, and those of a film that comes too late: `no_scan_consent`, `session_closed`,
    `mixed_positions`, `video_exists`.
    """
    known = _known_film(upload)
    if known is not None:
        return _finished(upload, known)
    refuse_ended(upload.session)
    refuse_mixed_positions(upload.session, upload.scan_type)
    film = film_of(upload)
    try:
        _seal(upload, film)
    except (DomainError, OSError):
        # The same request twice at once: the other one has finished, and cleared the blocks away.
        known = _known_film(upload)
        if known is None:
            raise
        return _finished(upload, known)
    video = ScanVideo(
        session=upload.session,
        scan_type=upload.scan_type,
        file=film,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
    )
    try:
        store_while_open(video)
    except IntegrityError:
        video = same_video_or_refuse(upload.session.videos.get(scan_type=upload.scan_type), upload.sha256)
        if video.file.name != film:
            scan_video_storage().delete(film)  # the same film came through the portal and was faster
    except DomainError:
        scan_video_storage().delete(film)
        _store().close(part_of(upload))
        raise
    return _finished(upload, video)


def part_of(upload: DirectUpload) -> str:
    """Return the name under which the blocks of `upload` wait."""
    return part_name(child_id=upload.session.child_id, session_id=upload.session_id, upload_id=upload.pk)


def film_of(upload: DirectUpload) -> str:
    """Return the name that the film will have."""
    return film_name(child_id=upload.session.child_id, session_id=upload.session_id, scan_type=upload.scan_type)


def refuse_ended(session: ScanSession) -> None:
    """Raise DomainError("no_scan_consent") or ("session_closed") when no film of the session is wanted any more."""
    if session.consent.withdrawn_at is not None:
        raise DomainError("no_scan_consent", _("The consent for scanning was withdrawn. The film was not kept."))
    if session.state != ScanSession.State.UPLOADING:
        raise DomainError("session_closed", _("This session was submitted already. Start a new scan."))


def _store() -> BlobStore:
    return store_of(scan_video_storage())


def _announced(session: ScanSession, announced: Announcement, started_by: User, *, is_complete: bool) -> DirectUpload:
    """Store an announcement, or return the one that the same request stored at the same moment."""
    upload = DirectUpload(
        session=session,
        started_by=started_by,
        block_bytes=settings.UPLOAD_BLOCK_BYTES,
        completed_at=timezone.now() if is_complete else None,
        **vars(announced),
    )
    try:
        upload.save(force_insert=True)  # one statement: an address shall cost no transaction
    except IntegrityError:
        return DirectUpload.objects.select_related("session__consent").get(
            session=session, scan_type=announced.scan_type, sha256=announced.sha256
        )
    return upload


def _known_film(upload: DirectUpload) -> ScanVideo | None:
    """Return the film that the session has of this kind, if it is this one. Raises DomainError("video_exists")."""
    existing = upload.session.videos.filter(scan_type=upload.scan_type).first()
    return existing and same_video_or_refuse(existing, upload.sha256)


def _seal(upload: DirectUpload, film: str) -> None:
    missing = missing_blocks(upload)
    if missing:
        listed = ", ".join(str(number) for number in missing[:20])
        raise DomainError(
            "blocks_missing",
            _("%(n)d blocks are missing: %(listed)s. Send them, then complete.")
            % {"n": len(missing), "listed": listed},
        )
    try:
        _store().seal(upload, part=part_of(upload), film=film)
    except FileExistsError:
        _adopt(upload, film)


def _adopt(upload: DirectUpload, film: str) -> None:
    """Accept a film that lies under the name already if it is this one: an earlier answer was lost half way.

    Another one without a row is being stored at this moment, or is an orphan that the sweep will take.
    """
    try:
        is_ours = is_as_announced(upload, _store().read(film).chunks)
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        raise DomainError("upload_busy", _("Another film of that kind is being stored. Ask again in a minute."))


@transaction.atomic
def _finished(upload: DirectUpload, video: ScanVideo) -> ScanVideo:
    """Note the completion, and after the commit take the address out of use."""
    if DirectUpload.objects.filter(pk=upload.pk, completed_at__isnull=True).update(completed_at=timezone.now()):
        transaction.on_commit(lambda: _store().close(part_of(upload)), robust=True)
        logger.info("upload %s is film %s", upload.pk, video.pk)
    return video
