"""Guardians are added and corrected in the browser."""

from __future__ import annotations

import pytest
from django.urls import reverse

from children.models import Child
from children.selectors import search_children

pytestmark = pytest.mark.django_db
FATHER = {"name": "Omar  Yusuf", "relation": "father", "phone": "+254711222333"}


@pytest.fixture
def signed_in(client, health_worker):
    client.force_login(health_worker)
    return client


def test_a_further_guardian_is_stored_once_and_found(signed_in, child):
    url = reverse("children:add_guardian", args=[child.pk])

    answers = [signed_in.post(url, FATHER) for _time in range(2)]

    assert {answer.url for answer in answers} == {reverse("child", args=[child.pk], fragment="guardians")}
    assert list(child.guardians.values_list("name", flat=True)) == ["Halima Yusuf", "Omar Yusuf"]
    assert list(search_children(Child.objects.all(), "0711 222 333")) == [child]


def test_a_corrected_guardian_keeps_its_history_and_is_found_by_the_new_name(signed_in, child):
    guardian = child.guardians.get()
    url = reverse("children:guardian", args=[guardian.pk])
    assert "Halima Yusuf" in signed_in.get(url).content.decode()

    signed_in.post(url, FATHER)

    assert child.guardians.get().name == "Omar Yusuf"
    assert list(guardian.events.order_by("pgh_id").values_list("name", flat=True)) == ["Halima Yusuf", "Omar Yusuf"]
    assert [search_children(Child.objects.all(), word).count() for word in ("halima", "omar")] == [0, 1]


def test_a_guardian_without_a_name_is_asked_for_it(signed_in, child):
    answer = signed_in.post(reverse("children:add_guardian", args=[child.pk]), {"name": " "})

    assert answer.status_code == 422
    assert "name" in answer.context["form"].errors
    assert child.guardians.count() == 1


def test_guardians_are_not_found_outside_the_clinic(client, child, outsider):
    urls = [
        reverse("children:add_guardian", args=[child.pk]),
        reverse("children:guardian", args=[child.guardians.get().pk]),
    ]
    client.force_login(outsider)

    assert [client.get(url).status_code for url in urls] == [404, 404]
    assert [client.post(url, FATHER).status_code for url in urls] == [404, 404]
    assert child.guardians.get().name == "Halima Yusuf"
