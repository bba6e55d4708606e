"""Pages show times where the programme works."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from accounts.middleware import ProgrammeTimeZoneMiddleware


def test_a_request_runs_in_the_time_zone_of_the_users_programme(programme, health_worker, client):
    programme.time_zone = "Asia/Kathmandu"
    programme.save()
    client.force_login(health_worker)
    request = RequestFactory().get("/")
    request.user, request.session = health_worker, client.session
    seen = []

    ProgrammeTimeZoneMiddleware(lambda _request: seen.append(timezone.get_current_timezone_name()))(request)

    assert seen == ["Asia/Kathmandu"]
    assert timezone.get_current_timezone_name() == "UTC"


def test_an_unknown_time_zone_is_refused(programme):
    programme.time_zone = "Africa/Atlantis"

    with pytest.raises(ValidationError):
        programme.full_clean()
