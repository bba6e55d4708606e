"""What the API accepts from outside: bytes to JSON, forms and files within limits, and fields that guess nothing.

Whatever cannot be stored or answered in JSON is refused here with 400, so that nothing below meets it: NUL, lone
surrogates, NaN, numbers beyond 64 bits, deep nesting, unknown fields.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import CharFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.utils import html
from rest_framework.views import APIView

from cgm_portal.errors import DomainError

MAX_JSON_BYTES = 64 * 1024  # the largest honest body, a child with its guardian, has 2 kB
MAX_JSON_DEPTH = 32
MAX_INTEGER = 2**63 - 1
MULTIPART_EXTRA_BYTES = 64 * 1024  # boundaries and the fields beside a video
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL's text holds neither
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})")
HYPHENATED_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class StrictJSONParser(JSONParser):
    """JSON that can be stored and sent back unchanged, in UTF-8, of bounded size and depth."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the parsed body. Raises ParseError (400), DomainError("too_large") (413)."""
        body = stream.read(MAX_JSON_BYTES + 1)
        if len(body) > MAX_JSON_BYTES:
            raise DomainError(
                "too_large", _("The body is over %(kb)d kB. Send less at once.") % {"kb": MAX_JSON_BYTES // 1024}
            )
        try:
            data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
        except RecursionError as error:
            raise ParseError(_too_deep()) from error
        except ValueError as error:
            raise ParseError(_("The body is not JSON in UTF-8: %(why)s") % {"why": _printable(str(error))}) from error
        _refuse_unstorable(data)
        return data


class BoundedMultiPartParser(MultiPartParser):
    """Forms with a video, refused before they are read when they are over the limit of a video."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        """Return fields and files. Raises ParseError (400), DomainError("too_large") (413)."""
        length = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if length > settings.SCAN_MAX_BYTES + MULTIPART_EXTRA_BYTES:
            limit_mb = settings.SCAN_MAX_BYTES // 1024**2
            raise DomainError(
                "too_large",
                _("The video has %(mb).0f MB; the limit is %(limit)d MB. Record a shorter one.")
                % {"mb": length / 1024**2, "limit": limit_mb},
            )
        return super().parse(stream, media_type=media_type, parser_context=parser_context)


def _refuse_constant(name: str) -> None:
    raise ValueError(_("%(name)s is not a number of JSON.") % {"name": name})


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError(_("an object names a field twice."))
    return keys


def _too_deep() -> str:
    return _("The JSON is nested deeper than %(levels)d levels.") % {"levels": MAX_JSON_DEPTH}


def _refuse_unstorable(data: Any) -> None:
    """Walk without recursion, so that depth cannot exhaust the stack."""
    waiting = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            if depth > MAX_JSON_DEPTH:
                raise ParseError(_too_deep())
            inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value
            waiting.extend((item, depth + 1) for item in inner)
        elif isinstance(value, str) and _UNSTORABLE.search(value):
            raise ParseError(_("A text holds a NUL or half of a surrogate pair. Remove it."))
        elif isinstance(value, int) and abs(value) > MAX_INTEGER:
            raise ParseError(_("A whole number has more than 64 bits."))
        elif isinstance(value, float) and not math.isfinite(value):
            raise ParseError(_("A number is too large."))


def _printable(text: str) -> str:
    return _UNSTORABLE.sub("?", text)


class StrictFilterBackend(DjangoFilterBackend):
    """Query parameters of lists; one without a value is refused, or a lost id would list everybody."""

    def get_filterset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> Any:
        """Return the filters of a request. Raises ValidationError("empty")."""
        filterset = super().get_filterset(request, queryset, view)
        named = {} if filterset is None else filterset.filters
        empty = [
            name
            for name, accepts in named.items()
            if request.query_params.get(name) == "" and not isinstance(accepts, CharFilter)
        ]
        if empty:
            refusal = _("Give a value, or leave the parameter out.")
            raise serializers.ValidationError({name: [refusal] for name in empty}, code="empty")
        return filterset


class _FormOrExact:
    """A field that takes its own JSON type alone; in a form, where all is text, what Django REST framework takes."""

    json_types: tuple[type, ...] = ()
    pattern: re.Pattern[str] | None = None

    def to_internal_value(self, data: Any) -> Any:
        """Return the value, refusing another JSON type or form of writing with `invalid`."""
        if not html.is_html_input(getattr(self.root, "initial_data", None)):
            exact = isinstance(data, self.json_types) and (bool in self.json_types or not isinstance(data, bool))
            if not exact or (self.pattern is not None and not self.pattern.fullmatch(data)):
                self._refuse(data)
        return super().to_internal_value(data)

    def _refuse(self, data: Any) -> None:
        self.fail("invalid", value=data, format="YYYY-MM-DD[Thh:mm:ss+hh:mm]", input=data)


class StrictCharField(_FormOrExact, serializers.CharField):
    """Text; a number is not text, and blanks around it count for its length."""

    json_types = (str,)

    def to_internal_value(self, data: Any) -> Any:
        """Return the text without the blanks around it."""
        if isinstance(data, str) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class AnswerChoiceField(serializers.ChoiceField):
    """One of the choices in an answer; null where the record holds none."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **{"read_only": True, "allow_null": True, **options})

    def to_representation(self, value: str) -> str | None:
        """Return null for an empty choice."""
        return super().to_representation(value) or None


class StrictIntegerField(_FormOrExact, serializers.IntegerField):
    """A whole number; neither text nor true."""

    json_types = (int,)


class StrictBooleanField(_FormOrExact, serializers.BooleanField):
    """true or false; neither "yes" nor 1."""

    json_types = (bool,)


class StrictUUIDField(_FormOrExact, serializers.UUIDField):
    """A UUID with its hyphens."""

    json_types = (str,)
    pattern = HYPHENATED_UUID


class StrictDateField(_FormOrExact, serializers.DateField):
    """A date as YYYY-MM-DD; weeks and ordinal days of ISO 8601 are not guessed at."""

    json_types = (str,)
    pattern = ISO_DATE


class StrictDateTimeField(_FormOrExact, serializers.DateTimeField):
    """An instant with its offset from UTC; a phone's local time without one would be hours off."""

    json_types = (str,)
    pattern = _ISO_INSTANT

    def to_internal_value(self, data: Any) -> Any:
        """Return the instant; in forms too only with an offset."""
        if isinstance(data, str) and not _ISO_INSTANT.fullmatch(data):
            self._refuse(data)
        return super().to_internal_value(data)


class StrictDecimalField(_FormOrExact, serializers.DecimalField):
    """A number in JSON, both ways; exact between."""

    json_types = (int, float)

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "coerce_to_string": False})

    def to_representation(self, value: Decimal) -> float | None:
        """Return a JSON number; our decimals have at most 7 digits, which a double keeps."""
        return None if value is None else float(value)


class StrictSerializer(serializers.Serializer):
    """Refuses fields that it does not know: a mistyped `weight_kgs` must not vanish."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the values. Raises ValidationError with `unknown_field` for each field that is not ours."""
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(set(data) - writable)
            if unknown:
                refusal = serializers.ErrorDetail(_("There is no such field, or it can't be written."), "unknown_field")
                raise serializers.ValidationError({name: [refusal] for name in unknown})
        return super().to_internal_value(data)


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """A model's fields, with its limits, read strictly."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.BooleanField: StrictBooleanField,
        models.CharField: StrictCharField,
        models.DateField: StrictDateField,
        models.DateTimeField: StrictDateTimeField,
        models.DecimalField: StrictDecimalField,
        models.IntegerField: StrictIntegerField,
        models.PositiveSmallIntegerField: StrictIntegerField,
        models.UUIDField: StrictUUIDField,
    }
