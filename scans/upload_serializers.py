"""What the API reads and writes of films that go straight from the phone into the store, and of links to see one."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cgm_portal.api_parsers import AnswerChoiceField, StrictCharField, StrictIntegerField, StrictSerializer
from cgm_portal.api_parsers import StrictUUIDField as UUIDField
from scans.direct_uploads import Announcement, BlockGrant, missing_blocks
from scans.models import DirectUpload, ScanVideo
from scans.serializers import ScanVideoSerializer

MAX_ANNOUNCED_BYTES = 2**40  # more is a mistake; the limit of a film is SCAN_MAX_BYTES, with a sentence of its own


class HexDigestField(StrictCharField):
    """A digest in hexadecimal digits; capitals are read too."""

    def __init__(self, *, bits: int, **options: Any) -> None:
        self.digits = bits // 4
        super().__init__(min_length=self.digits, max_length=self.digits, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the digest in small letters."""
        digest = super().to_internal_value(data).lower()
        if not re.fullmatch(f"[0-9a-f]{{{self.digits}}}", digest):
            raise serializers.ValidationError(_("Give %(n)d hexadecimal digits.") % {"n": self.digits}, code="not_hex")
        return digest


class AnnouncementSerializer(StrictSerializer):
    """A film that the phone holds, before its first byte is sent."""

    session = UUIDField(help_text="The scan session that it belongs to.")
    scan_type = serializers.ChoiceField(choices=ScanVideo.ScanType.choices)
    size_bytes = StrictIntegerField(min_value=0, max_value=MAX_ANNOUNCED_BYTES)
    sha256 = HexDigestField(bits=256, help_text="SHA-256 of the whole film, hex.")
    md5 = HexDigestField(bits=128, help_text="MD5 of the whole film, hex: the store keeps it with the bytes.")
    content_type = serializers.ChoiceField(
        choices=DirectUpload.ContentType.choices, default=DirectUpload.ContentType.MP4.value
    )

    def announcement(self) -> Announcement:
        """Return the validated announcement."""
        given = self.validated_data
        return Announcement(**{name: given[name] for name in Announcement.__dataclass_fields__})


class SendToSerializer(serializers.Serializer):
    """Where the blocks go."""

    url = serializers.URLField(help_text="Add `&comp=block&blockid=...` and PUT one block. It carries its own right.")
    expires_at = serializers.DateTimeField(help_text="Announce the film again for a new address.")


class DirectUploadSerializer(serializers.ModelSerializer):
    """An upload: what is still missing, where to send it, and the film once it is complete."""

    scan_type = AnswerChoiceField(ScanVideo.ScanType.choices, allow_null=False)
    block_count = serializers.IntegerField(read_only=True)
    missing_blocks = serializers.SerializerMethodField(help_text="Numbers of the blocks to send, counted from 0.")
    send_to = serializers.SerializerMethodField(help_text="Given when a film is announced; null once it is complete.")
    video = serializers.SerializerMethodField(help_text="The film; null until the upload is complete.")

    class Meta:
        model = DirectUpload
        fields = [
            "id",
            "session",
            "scan_type",
            "size_bytes",
            "sha256",
            "md5",
            "block_bytes",
            "block_count",
            "missing_blocks",
            "send_to",
            "started_at",
            "completed_at",
            "video",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField(min_value=0)))
    def get_missing_blocks(self, upload: DirectUpload) -> list[int]:
        """Return what the view found, or ask the store."""
        return self.context["missing"] if "missing" in self.context else missing_blocks(upload)

    @extend_schema_field(SendToSerializer(allow_null=True))
    def get_send_to(self, upload: DirectUpload) -> dict[str, Any] | None:
        """Return the address that the view was granted."""
        grant: BlockGrant | None = self.context.get("grant")
        return SendToSerializer(grant).data if grant else None

    @extend_schema_field(ScanVideoSerializer(allow_null=True))
    def get_video(self, upload: DirectUpload) -> dict[str, Any] | None:
        """Return the film that the upload became."""
        if upload.completed_at is None:
            return None
        video = upload.session.videos.filter(scan_type=upload.scan_type, sha256=upload.sha256).first()
        return ScanVideoSerializer(video).data if video else None


class FilmLinkSerializer(serializers.Serializer):
    """An address to see one film at."""

    url = serializers.URLField()
    expires_at = serializers.DateTimeField()
