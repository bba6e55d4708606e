"""Invitations: who may invite to what, and a code that works once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.invitations import accept_invitation, invite, revoke_invitation
from accounts.models import Invitation, Membership, Programme, Role
from cgm_portal.errors import DomainError

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(make_user):
    return make_user("administrator", Role.ADMINISTRATOR)


@pytest.fixture
def newcomer(make_user):
    return make_user("newcomer")


@pytest.fixture
def code(supervisor, clinic):
    return invite(invited_by=supervisor, role=Role.HEALTH_WORKER, clinic=clinic, programme=None)[1]


def test_an_invitation_gives_its_role_once(code, newcomer, outsider, clinic):
    membership = accept_invitation(code=code.lower().replace("-", " "), user=newcomer)

    assert (membership.role, membership.clinic, membership.source) == (Role.HEALTH_WORKER, clinic, "invitation")
    with pytest.raises(DomainError) as refused:
        accept_invitation(code=code, user=outsider)
    assert refused.value.code == "invitation_invalid"
    assert not outsider.memberships.filter(clinic=clinic).exists()


@pytest.mark.parametrize("spoiled", ["expired", "revoked", "inviter_left", "inviter_moved", "clinic_closed", "unknown"])
def test_an_invitation_that_no_longer_stands_gives_nothing(code, newcomer, supervisor, clinic, spoiled):
    if spoiled == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif spoiled == "revoked":
        revoke_invitation(Invitation.objects.get())
    elif spoiled == "inviter_left":
        type(supervisor).objects.filter(pk=supervisor.pk).update(is_active=False)
    elif spoiled == "inviter_moved":
        supervisor.memberships.all().delete()
    elif spoiled == "clinic_closed":
        type(clinic).objects.update(is_active=False)
    else:
        code = "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"

    with pytest.raises(DomainError) as refused:
        accept_invitation(code=code, user=newcomer)

    assert refused.value.code == "invitation_invalid"
    assert not newcomer.memberships.exists()


def test_only_the_hash_of_the_code_is_stored_and_audited(code):
    Event = Invitation.pgh_event_model

    assert code.replace("-", "") not in str(list(Invitation.objects.values()))
    assert "code_sha256" not in {field.name for field in Event._meta.fields}
    assert Event.objects.get().pgh_label == "insert"


def test_what_happened_to_an_invitation_is_in_the_audit(code, newcomer):
    accept_invitation(code=code, user=newcomer)

    accepted = Invitation.pgh_event_model.objects.get(pgh_label="update")
    given = Membership.pgh_event_model.objects.get(user=newcomer)
    assert accepted.accepted_by_id == newcomer.pk
    assert given.pgh_context.metadata["cause"] == "invitation"


def refusal(**asked):
    with pytest.raises(DomainError) as refused:
        invite(**asked)
    return refused.value.code


def test_a_supervisor_invites_to_their_own_clinic_alone(supervisor, clinic, other_clinic, programme):
    for role in (Role.HEALTH_WORKER, Role.SUPERVISOR):
        assert invite(invited_by=supervisor, role=role, clinic=clinic, programme=None)
        asked = {"invited_by": supervisor, "role": role, "clinic": other_clinic, "programme": None}
        assert refusal(**asked) == "may_not_invite"
    for role in (Role.PROGRAMME_MANAGER, Role.PARTNER, Role.ADMINISTRATOR):
        asked = {"invited_by": supervisor, "role": role, "clinic": None, "programme": programme}
        assert refusal(**asked) == "may_not_invite"


def test_an_administrator_invites_to_their_own_programme_alone(administrator, clinic, programme):
    other = Programme.objects.create(name="Another", country="UG")

    assert invite(invited_by=administrator, role=Role.SUPERVISOR, clinic=clinic, programme=None)
    assert invite(invited_by=administrator, role=Role.ADMINISTRATOR, clinic=None, programme=programme)
    asked = {"invited_by": administrator, "role": Role.PARTNER, "clinic": None, "programme": other}
    assert refusal(**asked) == "may_not_invite"


@pytest.mark.parametrize("role", [Role.HEALTH_WORKER, Role.PROGRAMME_MANAGER, Role.PARTNER, None])
def test_others_invite_nobody(client, make_user, clinic, programme, role):
    user = make_user("somebody", role, clinic if role == Role.HEALTH_WORKER else None)
    client.force_login(user)

    asked = {"invited_by": user, "role": Role.HEALTH_WORKER, "clinic": clinic, "programme": None}
    assert refusal(**asked) == "may_not_invite"
    assert client.get(reverse("accounts:invitations")).status_code == 403


def test_a_role_without_its_place_is_asked_back(supervisor):
    assert refusal(invited_by=supervisor, role=Role.HEALTH_WORKER, clinic=None, programme=None) == "place_missing"


def test_from_the_page_of_the_supervisor_to_the_clinic_of_the_newcomer(client, supervisor, newcomer, clinic):
    client.force_login(supervisor)
    page = client.post(reverse("accounts:invitations"), {"role": "health_worker", "clinic": clinic.pk})
    link = page.context["link"].removeprefix("http://testserver")
    assert page.context["code"] in page.content.decode()
    assert page.context["code"] not in client.get(reverse("accounts:invitations")).content.decode()
    client.logout()

    followed = client.get(link)
    assert followed.url == reverse("accounts:join")  # the code is out of the address
    assert client.get(followed.url).url.startswith(reverse("accounts:sign_in"))
    client.post(
        reverse("accounts:sign_in"), {"username": "newcomer", "password": "correct horse", "next": followed.url}
    )
    offer = client.get(followed.url).content.decode()
    assert "Health worker at North clinic" in offer
    accepted = client.post(followed.url, {"code": page.context["code"]}, follow=True)

    assert accepted.status_code == 200
    assert "Welcome to North clinic." in accepted.content.decode()
    assert newcomer.memberships.get().clinic == clinic


def test_a_form_that_offers_what_it_may_not_is_refused(client, supervisor, other_clinic):
    client.force_login(supervisor)

    for asked in ({"role": "health_worker", "clinic": other_clinic.pk}, {"role": "partner"}, {"role": "supervisor"}):
        assert client.post(reverse("accounts:invitations"), asked).status_code == 422
    assert not Invitation.objects.exists()


def test_an_invitation_is_taken_back_by_those_of_its_place(client, code, outsider, supervisor, newcomer):
    url = reverse("accounts:revoke_invitation", args=[Invitation.objects.get().pk])

    client.force_login(outsider)
    assert client.post(url).status_code == 404
    client.force_login(supervisor)
    assert client.post(url).url == reverse("accounts:invitations")

    with pytest.raises(DomainError):
        accept_invitation(code=code, user=newcomer)


def test_a_wrong_code_is_told_on_the_page(client, newcomer):
    client.force_login(newcomer)

    page = client.post(reverse("accounts:join"), {"code": "nonsense"})

    assert page.status_code == 422
    assert "unknown, used or expired" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_share_nothing(code, make_user):
    people = [make_user(f"person-{number}") for number in range(4)]

    def take(user):
        try:
            return accept_invitation(code=code, user=user)
        except DomainError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        given = [membership for membership in pool.map(take, people) if membership]

    assert len(given) == 1
    assert Membership.objects.filter(source="invitation").count() == 1
