"""The security headers that every answer carries, whatever answers."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db

PAGES = ["/accounts/sign-in/", "/livez", "/nothing-here/", "/api/v1/children/", "/admin/login/", "/static/favicon.svg"]


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_the_security_headers(client, page):
    answer = client.get(page)

    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer


def test_a_request_for_another_host_is_refused_with_them_too(client):
    answer = client.get("/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert answer["X-Frame-Options"] == "DENY"
