"""What every operation of the API has in common, and how OpenAPI describes it: bearer tokens and problem documents."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from cgm_portal.api_parsers import StrictFilterBackend, StrictJSONParser, StrictSerializer
from cgm_portal.errors import PROBLEM_CONTENT_TYPE

_MEANINGS = {
    "400": "Not accepted: `errors` names the field and the reason.",
    "401": "No token, or one that is unknown, expired or revoked.",
    "403": "Your role does not allow it.",
    "404": "It does not exist, or is not yours to see: the answer is the same.",
    "405": "The address does not know this method.",
    "406": "The answer is JSON only.",
    "409": "In conflict with what is stored: `code` says how.",
    "413": "The body or the video is too large.",
    "415": "The body is of another media type than this operation reads.",
    "429": "Too many attempts. `Retry-After` says when to try again, where it is known.",
    "500": "A fault of the portal. Nothing was changed.",
    "503": "The database or the store of films can't be reached. Nothing was changed; send it again.",
}
_NUMBER_OR_NULL = {"type": "number", "nullable": True}
_SUSPECT_VALUE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["field", "entered", "would_be", "previous", "previous_on", "expected"],
    "properties": {
        "field": {"type": "string"},
        "entered": {"type": "number"},
        "would_be": {**_NUMBER_OR_NULL, "description": "What was probably meant, in the unit of the field."},
        "previous": {**_NUMBER_OR_NULL, "description": "The child's last earlier value."},
        "previous_on": {"type": "string", "format": "date", "nullable": True},
        "expected": {**_NUMBER_OR_NULL, "description": "What the child would have on its own line."},
    },
}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document. `code` is stable and for programs, `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri", "example": "urn:cgm:error:id_taken"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "example": "id_taken"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail", "attr"],
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "attr": {"type": "string", "nullable": True, "description": "The field at fault."},
                    "values": {
                        "type": "array",
                        "description": "Of a question about measured values (`*_suspected`): each with its evidence.",
                        "items": _SUSPECT_VALUE_SCHEMA,
                    },
                },
            },
        },
    },
}
LOCATION_HEADER = OpenApiParameter(
    "Location", type=str, location=OpenApiParameter.HEADER, response=[201, 202], description="Where to find it."
)


class ProblemAutoSchema(AutoSchema):
    """Adds to each operation the problems that it can answer with, and closes request bodies to unknown fields."""

    def get_tags(self) -> list[str]:
        """Group operations by the first part of their path below /api/v1/."""
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction=direction)
        if direction == "response":
            for status in self._problem_statuses():
                responses.setdefault(status, self._problem(status))
        return dict(sorted(responses.items()))

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        schema = super()._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _problem_statuses(self) -> list[str]:
        statuses = ["405", "406", "500", "503"]
        takes_body = self.method in {"POST", "PUT", "PATCH"} and self.get_request_serializer() is not None
        if not isinstance(self.view.get_permissions()[0], AllowAny):
            statuses.append("401")
        if "{" in self.path or takes_body:
            statuses.append("404")
        if takes_body:
            statuses += ["400", "413", "415"]
        elif any(parameter["in"] == "query" for parameter in self._get_parameters()):
            statuses.append("400")
        if self.method not in {"GET", "HEAD"}:
            statuses += ["403", "409"]
        if self.view.get_throttles():
            statuses += ["401", "429"]
        return [*statuses, *getattr(self.view, "further_problems", ())]

    def _problem(self, status: str) -> dict[str, Any]:
        component = ResolvedComponent(
            name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=_PROBLEM_SCHEMA
        )
        self.registry.register_on_missing(component)
        return {"description": _MEANINGS[status], "content": {PROBLEM_CONTENT_TYPE: {"schema": component.ref}}}


class OnceGenerator(SchemaGenerator):
    """Makes the document once per process and language: it takes seconds, and anybody may ask for it."""

    _made: ClassVar[dict[str, dict[str, Any]]] = {}

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        """Return the whole document; it is the same for everybody."""
        language = get_language() or ""
        if language not in self._made:
            self._made[language] = super().get_schema(request=None, public=True)
        return self._made[language]


class BearerTokenScheme(OpenApiAuthenticationExtension):
    """Describes our bearer tokens."""

    target_class = "accounts.authentication.ApiTokenAuthentication"
    name = "bearerToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A token of `POST /api/v1/tokens/`."}


class AccessTokenScheme(OpenApiAuthenticationExtension):
    """Describes the access tokens of the organisation's tenant."""

    target_class = "accounts.bearer.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme."""
        description = "An access token of the tenant that `GET /api/v1/sign-in/` describes, where there is one."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}


class PrivateView(APIView):
    """A view of the API: strict JSON in, problem documents out, never kept by a cache."""

    schema = ProblemAutoSchema()
    parser_classes = (StrictJSONParser,)
    http_method_names = ("get", "head", "post", "put", "patch", "delete")

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Forbid every cache to keep health records."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


class PrivateViewSet(PrivateView, GenericViewSet):
    """The viewset that those of the apps build on. `get_queryset` starts from what the user's clinics allow."""

    filter_backends = (StrictFilterBackend,)
    lookup_value_converter = "uuid"
