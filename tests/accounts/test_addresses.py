"""The address that failed sign-ins are counted by, behind proxies and without."""

from __future__ import annotations

import pytest
from axes.helpers import get_client_ip_address
from django.test import RequestFactory
from django.urls import reverse

from accounts.addresses import client_address

PROXY = "10.0.0.1"


def forwarded(value):
    return RequestFactory().get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=value)


def test_without_proxies_nobody_can_claim_another_address(settings):
    settings.TRUSTED_PROXY_COUNT = 0

    assert client_address(forwarded("6.6.6.6")) == PROXY


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 7.7.7.7, 203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9:50412", "203.0.113.9"),
        ("[2001:db8::1]:50412", "2001:db8::1"),
        ("203.0.113.9, no address", PROXY),
        ("", PROXY),
    ],
)
def test_behind_one_proxy_what_it_added_last_counts(settings, told, address):
    settings.TRUSTED_PROXY_COUNT = 1

    assert client_address(forwarded(told)) == address
    assert get_client_ip_address(forwarded(told)) == address


@pytest.mark.django_db
def test_a_new_forged_address_for_every_guess_does_not_evade_the_lock(client, settings, health_worker):
    settings.TRUSTED_PROXY_COUNT = 1

    def guess(number):
        headers = {"HTTP_X_FORWARDED_FOR": f"6.6.6.{number}, 203.0.113.9"}
        return client.post(reverse("accounts:sign_in"), {"username": "worker", "password": "wrong"}, **headers)

    assert [guess(number).status_code for number in range(6)][-1] == 429
