"""The ledger of erasures: records in the database, each with a copy beside the backups.

A backup of yesterday knows nothing of today's erasures, so the copies are what `reapply_erasures` reads after a
restore. A copy is one JSON object, `erasure-ledger/{id}.json`, signed by the keyed hash of the receipt.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import transaction
from django.utils import timezone
from storages.backends.azure_storage import AzureStorage

from cgm_portal.errors import DomainError
from children.erasure_hash import keyed_hash_of
from children.models import ErasureRecord
from scans.blob_removal import ONE_QUICK_TRY, STORE_ERRORS

logger = logging.getLogger(__name__)
FOLDER = "erasure-ledger"
NOT_IN_RECEIPT = {"receipt_hmac", "mirrored_at"}


def receipt_of(record: ErasureRecord) -> dict[str, Any]:
    """Return the receipt: every fact of the record, as JSON holds it. Nothing in it names the child but ids."""
    fields = (field for field in record._meta.concrete_fields if field.name not in NOT_IN_RECEIPT)
    return {field.attname: _plain(getattr(record, field.attname)) for field in fields}


def is_genuine(record: ErasureRecord) -> bool:
    """Return True when the receipt is the one that was issued: nobody changed the record since."""
    return keyed_hash_of(receipt_of(record)) == record.receipt_hmac


def keep_record(record: ErasureRecord) -> ErasureRecord:
    """Sign and store a new record, and copy it beside the backups after the commit."""
    record.receipt_hmac = keyed_hash_of(receipt_of(record))
    record.save(force_insert=True)
    transaction.on_commit(copy_missing)
    return record


def copy_missing() -> int:
    """Copy every record that has no copy yet; return how many. While the store is away they wait for beat."""
    storage = _storage()
    copied = 0
    for record in ErasureRecord.objects.filter(mirrored_at__isnull=True).order_by("executed_at"):
        try:
            _copy(record, storage)
        except STORE_ERRORS as error:
            logger.warning("erasure %s has no copy yet, the store is away: %s", record.pk, type(error).__name__)
            break
        ErasureRecord.objects.filter(pk=record.pk).update(mirrored_at=timezone.now())
        copied += 1
    return copied


def read_copies() -> Iterator[ErasureRecord]:
    """Yield the record of every copy, unsaved. Raises DomainError("erasure_copy_forged") for one not signed by us,
    and one of STORE_ERRORS when the store is away.
    """
    storage = _storage()
    try:
        _folders, names = storage.listdir(FOLDER)
    except FileNotFoundError:
        return
    for name in sorted(names):
        with storage.open(f"{FOLDER}/{name}") as file:
            record = _record_of(json.loads(file.read()))
        if not is_genuine(record):
            raise DomainError(
                "erasure_copy_forged",
                f"{FOLDER}/{name} was not written by this portal, or ERASURE_HASH_KEY is another one now.",
            )
        yield record


def _copy(record: ErasureRecord, storage: Storage) -> None:
    name = f"{FOLDER}/{record.pk}.json"
    document = {**receipt_of(record), "receipt_hmac": record.receipt_hmac}
    content = json.dumps(document, indent=1).encode()
    if isinstance(storage, AzureStorage):
        # Asked once: this runs in a request, and beat asks again.
        storage.client.upload_blob(name, content, overwrite=True, **ONE_QUICK_TRY)
    elif not storage.exists(name):
        storage.save(name, ContentFile(content))


def _record_of(document: dict[str, Any]) -> ErasureRecord:
    record = ErasureRecord(mirrored_at=timezone.now())
    for field in record._meta.concrete_fields:
        if field.attname in document:
            setattr(record, field.attname, field.to_python(document[field.attname]))
    return record


def _storage() -> Storage:
    return storages["database_backups"]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, UUID) else value
