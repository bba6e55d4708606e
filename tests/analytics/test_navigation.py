"""The menu offers each role its own pages, and no page that would refuse it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Clinic, Role, User
from analytics.navigation import menu_for

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
def test_every_offered_page_opens_for_the_role(
    client: Client, make_user: Callable[..., User], clinic: Clinic, role: Role
):
    in_clinic = role in {Role.HEALTH_WORKER, Role.SUPERVISOR}
    user = make_user("somebody", role, clinic if in_clinic else None)
    client.force_login(user)
    menu = menu_for(user, path="/")

    statuses = {link.url: client.get(link.url).status_code for link in (*menu.main, *menu.more)}

    assert set(statuses.values()) == {200}, statuses


def test_people_without_a_clinic_are_not_offered_children(make_user: Callable[..., User]):
    menu = menu_for(make_user("partner", Role.PARTNER), path="/")

    assert reverse("children:list") not in {link.url for link in menu.main}


def test_the_page_one_is_on_is_marked(make_user: Callable[..., User], clinic: Clinic):
    path = reverse("care:alerts")

    menu = menu_for(make_user("worker", Role.HEALTH_WORKER, clinic), path=path)

    assert [link.url for link in menu.main if link.current] == [path]
