"""The OpenAPI document and the page to read it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from tests.api.routes import api_routes


@pytest.fixture(scope="module")
def document() -> dict:
    return Client().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()


def operations(document: dict):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_the_document_is_valid_and_made_without_a_warning():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_every_operation_is_described(document):
    served = [route for route in api_routes() if route[0] not in {"api-schema", "api-docs"}]

    assert len(list(operations(document))) == len(served)
    assert not [name for name, operation in operations(document) if not operation.get("description")]


def test_every_error_is_our_problem_document(document):
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                schema = answer["content"]["application/problem+json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)


def test_every_operation_but_sign_in_asks_for_a_token(document):
    public = [name for name, operation in operations(document) if {} in operation.get("security", [{}])]

    assert public == ["get /api/v1/sign-in/", "post /api/v1/tokens/"]


def test_request_bodies_are_closed_to_unknown_fields(document):
    for name, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            component = content["schema"]["$ref"].rsplit("/", 1)[1]
            assert document["components"]["schemas"][component]["additionalProperties"] is False, name


def test_the_reference_runs_no_inline_script_and_loads_from_us_alone(db):
    page = Client().get("/api/docs/")
    script = Client().get("/api/docs/?script=")

    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert b"<script>" not in page.content
    assert b"https://" not in page.content
    assert "unsafe-inline" not in script["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert script["Content-Type"].startswith("application/javascript")


def test_no_other_page_may_set_styles_in_place(client):
    assert "unsafe-inline" not in client.get("/api/schema/")["Content-Security-Policy"]
