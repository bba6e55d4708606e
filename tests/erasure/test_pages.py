"""The pages of erasure: who sees and does what, and what the receipt says."""

from __future__ import annotations

import pytest
from django.test import Client

from children.models import Child, ErasureRecord, ErasureRequest
from tests.predictions.conftest import RESEARCH

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in():
    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def known(make_child, make_scan, make_measurement) -> Child:
    child = make_child(purposes=RESEARCH)
    make_measurement(child=child, weight_kg=9.1)
    make_scan(child=child)
    return child


def text(answer) -> str:
    return answer.content.decode()


def test_a_worker_asks_and_the_child_page_says_so(known, sign_in, health_worker):
    client = sign_in(health_worker)
    offered = text(client.get(f"/children/{known.pk}/"))

    answer = client.post(f"/children/{known.pk}/erase/", {}, follow=True)

    assert f"/children/{known.pk}/erase/" in offered
    assert "waits for a supervisor" in text(answer)
    assert "Erase for good" not in text(answer)
    assert "asked to erase this record" in text(client.get(f"/children/{known.pk}/"))


def test_a_worker_cannot_execute(known, sign_in, health_worker):
    client = sign_in(health_worker)

    answer = client.post(f"/children/{known.pk}/erase/", {"execute": "1", "code": known.code})

    assert answer.status_code == 422
    assert "Only a supervisor" in text(answer)
    assert Child.objects.filter(pk=known.pk).exists()


def test_a_supervisor_types_the_code_and_gets_the_receipt(known, sign_in, supervisor):
    client = sign_in(supervisor)
    page = f"/children/{known.pk}/erase/"

    wrong = client.post(page, {"execute": "1", "code": "AAAA-AAAA"})
    done = client.post(page, {"execute": "1", "code": known.code.lower()}, follow=True)

    assert wrong.status_code == 422
    assert "to confirm" in text(wrong)
    receipt = text(done)
    record = ErasureRecord.objects.get(scope="child")
    assert "birth date" in receipt
    assert record.receipt_hmac in receipt.replace(" ", "")
    assert "The record is the one that was signed." in receipt
    assert "Films, predictions and screening estimates" in receipt  # went with its consent, a link leads there
    assert known.name not in receipt
    assert known.code not in receipt


def test_a_receipt_of_a_changed_record_says_so(known, sign_in, supervisor, erase):
    record = erase(known)
    ErasureRecord.objects.filter(pk=record.pk).update(counts={})

    assert "differs from the one that was signed" in text(sign_in(supervisor).get(f"/erasures/{record.pk}/"))


def test_a_kept_care_record_is_named_with_its_law(known, sign_in, supervisor, erase, programme):
    programme.care_record_kept_by_law = "Health Records Act, section 12"
    programme.save()

    record = erase(known)

    assert "Health Records Act, section 12" in text(sign_in(supervisor).get(f"/erasures/{record.pk}/"))


def test_a_supervisor_declines_with_a_reason(known, sign_in, health_worker, supervisor):
    sign_in(health_worker).post(f"/children/{known.pk}/erase/")
    wish = ErasureRequest.objects.get()
    client = sign_in(supervisor)

    client.post(f"/erasures/requests/{wish.pk}/decline/", {"reason": ""})
    wish.refresh_from_db()
    assert wish.state == "open"
    client.post(f"/erasures/requests/{wish.pk}/decline/", {"reason": "another child was meant"})

    wish.refresh_from_db()
    assert (wish.state, wish.decline_reason) == ("declined", "another child was meant")


def test_the_list_shows_what_waits_and_what_was_erased(known, make_child, sign_in, health_worker, supervisor, erase):
    erase(make_child(name="Gone"))
    sign_in(health_worker).post(f"/children/{known.pk}/erase/")

    seen = {user.username: text(sign_in(user).get("/erasures/")) for user in (health_worker, supervisor)}

    assert known.name in seen["worker"]
    assert "Look" in seen["worker"]
    assert "Decide" in seen["supervisor"]
    assert "The whole child" in seen["supervisor"]
    assert "Gone" not in seen["supervisor"]


def test_outside_the_clinic_everything_is_404(known, sign_in, outsider, health_worker, erase, make_child):
    record = erase(make_child(name="Gone"))
    sign_in(health_worker).post(f"/children/{known.pk}/erase/")
    client, wish = sign_in(outsider), ErasureRequest.objects.get()

    answers = [
        client.get(f"/children/{known.pk}/erase/"),
        client.post(f"/children/{known.pk}/erase/", {"execute": "1", "code": known.code}),
        client.get(f"/erasures/{record.pk}/"),
        client.post(f"/erasures/requests/{wish.pk}/decline/", {"reason": "mine"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert known.name not in text(client.get("/erasures/"))
