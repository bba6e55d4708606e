"""Sign-in and sign-out of a browser with the organisation's tenant, against a certified OpenID Connect server."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.urls import reverse
from social_django.models import UserSocialAuth

from accounts.models import Membership, Role, User

pytestmark = pytest.mark.django_db

PORTAL = "http://testserver"
B2C, ENTRA = "azuread-b2c-oauth2", "entra-external-id"


def sign_in(client, tenant, login, *, backend=B2C, follow=False):
    """Sign a person in; returns the portal's answer to the way back."""
    tenant.register_portal(PORTAL)
    away = client.post(reverse("social:begin", args=[backend]))
    assert away.status_code == 302
    back = tenant.person_signs_in(away.url, login)
    assert back.startswith(PORTAL)
    return client.get(back.removeprefix(PORTAL), follow=follow)


@pytest.mark.parametrize(("flavour", "backend"), [("b2c", B2C), ("entra", ENTRA)])
def test_a_person_of_the_tenant_signs_in_and_is_the_same_user_the_next_time(client, request, flavour, backend):
    tenant = request.getfixturevalue(flavour)

    first = sign_in(client, tenant, "amina", backend=backend)
    user = User.objects.get()
    client.logout()
    sign_in(client, tenant, "amina", backend=backend)

    assert first.status_code == 302
    assert first.url == reverse("home")
    assert User.objects.get() == user
    assert not user.has_usable_password()
    assert client.session["_auth_user_id"] == str(user.pk)


def test_neither_token_nor_e_mail_address_is_stored(client, b2c):
    b2c.set_claims("amina", given_name="Amina", family_name="Yusuf", email="a@example.org", email_verified=True)

    sign_in(client, b2c, "amina")

    user, link = User.objects.get(), UserSocialAuth.objects.get()
    assert (user.first_name, user.last_name, user.email) == ("Amina", "Yusuf", "")
    assert link.extra_data == {}
    assert link.uid.startswith(b2c.b2c_issuer)


def test_an_e_mail_address_of_somebody_else_takes_nothing_over(client, b2c, make_user, clinic):
    nurse = make_user("nurse", Role.SUPERVISOR, clinic, email="nurse@example.org")
    b2c.set_claims("mallory", emails=["nurse@example.org"], email="nurse@example.org", name="nurse")

    sign_in(client, b2c, "mallory")

    signed_in = User.objects.get(pk=client.session["_auth_user_id"])
    assert signed_in != nurse
    assert signed_in.username != "nurse"
    assert not signed_in.memberships.exists()
    assert not nurse.social_auth.exists()


def test_without_a_clinic_there_is_a_plain_page_and_no_data(client, b2c, child):
    page = sign_in(client, b2c, "newcomer", follow=True)

    assert page.status_code == 403
    assert "belong to a clinic yet" in page.content.decode()
    for path in (reverse("children:list"), f"/children/{child.pk}/"):
        assert child.name not in client.get(path).content.decode()


def test_a_user_who_was_switched_off_is_told_so(client, b2c):
    sign_in(client, b2c, "amina")
    client.logout()
    User.objects.update(is_active=False)

    page = sign_in(client, b2c, "amina")

    assert page.status_code == 403
    assert "switched off" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_switching_a_user_off_ends_the_session_with_the_next_request(client, b2c):
    sign_in(client, b2c, "amina")

    User.objects.update(is_active=False)

    assert client.get(reverse("accounts:tokens")).status_code == 302


def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(client, b2c):
    client.get(reverse("accounts:join"), {"code": "ABC"})
    planted = client.session.session_key

    sign_in(client, b2c, "amina")

    assert client.session.session_key != planted
    assert client.session["invitation_code"] == "ABC"
    client.cookies["sessionid"] = planted
    assert client.get(reverse("accounts:tokens")).status_code == 302


def test_the_way_back_works_only_in_the_browser_that_began(client, b2c, django_user_model):
    b2c.register_portal(PORTAL)
    away = client.post(reverse("social:begin", args=[B2C]))
    back = b2c.person_signs_in(away.url, "mallory").removeprefix(PORTAL)

    victim = type(client)()
    page = victim.get(back)

    assert page.status_code == 403
    assert "_auth_user_id" not in victim.session
    assert not User.objects.exists()


def test_a_second_person_in_the_same_browser_is_not_joined_to_the_first(client, b2c, health_worker):
    client.force_login(health_worker)

    page = sign_in(client, b2c, "somebody-else")

    assert page.status_code == 409
    assert not health_worker.social_auth.exists()
    assert client.session["_auth_user_id"] == str(health_worker.pk)


def test_a_cancelled_sign_in_ends_on_a_page_that_says_so(client, b2c):
    away = client.post(reverse("social:begin", args=[B2C]))
    state = parse_qs(urlsplit(away.url).query)["state"][0]

    page = client.get(reverse("social:complete", args=[B2C]), {"error": "access_denied", "state": state})

    assert page.status_code == 403
    assert "cancelled" in page.content.decode()


def test_a_tenant_that_does_not_answer_ends_on_a_page_that_says_so(client, b2c, settings):
    settings.SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_AUTHORITY_HOST = "localhost:1"
    away = client.post(reverse("social:begin", args=[B2C]))
    state = parse_qs(urlsplit(away.url).query)["state"][0]

    page = client.get(reverse("social:complete", args=[B2C]), {"code": "x", "state": state})

    assert page.status_code == 503
    assert "does not answer" in page.content.decode()


def test_another_policy_than_ours_is_refused(client, b2c):
    b2c.set_claims("amina", tfp="B2C_1_weak")

    assert sign_in(client, b2c, "amina").status_code == 502
    assert not User.objects.exists()


def test_nobody_is_signed_in_by_a_token_without_a_subject(client, entra):
    entra.set_claims("amina", oid="")

    assert sign_in(client, entra, "amina", backend=ENTRA).status_code in {403, 502}
    assert not User.objects.exists()


@pytest.mark.parametrize(("flavour", "backend"), [("b2c", B2C), ("entra", ENTRA)])
def test_sign_out_ends_our_session_and_goes_to_end_the_tenants(client, request, flavour, backend):
    tenant = request.getfixturevalue(flavour)
    sign_in(client, tenant, "amina", backend=backend)

    away = client.post(reverse("accounts:sign_out"))

    asked = parse_qs(urlsplit(away.url).query)
    assert away.url.startswith(tenant.url)
    assert "/oauth2/v2.0/logout" in away.url
    assert asked["post_logout_redirect_uri"] == [f"{PORTAL}/accounts/sign-in/"]
    assert asked["id_token_hint"]
    assert "_auth_user_id" not in client.session
    assert "sign_in_id_token" not in client.session
    # The tenant knows the token and the page to come back to; it would refuse others.
    assert requests.get(away.url, verify=tenant.certificate, timeout=10).status_code == 200


def test_sign_out_works_here_when_the_tenant_is_away(client, entra, settings):
    sign_in(client, entra, "amina", backend=ENTRA)
    settings.SOCIAL_AUTH_ENTRA_EXTERNAL_ID_OIDC_ENDPOINT = "https://localhost:1/away"

    answer = client.post(reverse("accounts:sign_out"))

    assert answer.url == reverse("accounts:sign_in")
    assert "_auth_user_id" not in client.session


def test_after_a_password_sign_in_sign_out_stays_here(client, b2c, health_worker):
    client.force_login(health_worker)

    assert client.post(reverse("accounts:sign_out")).url == reverse("accounts:sign_in")


@pytest.fixture
def role_claims(settings, clinic, other_clinic, programme):
    settings.SIGN_IN_ROLE_CLAIM = "roles"
    settings.SIGN_IN_ROLES = json.dumps(
        {
            "north-worker": f"health_worker:{clinic.pk}",
            "south-supervisor": f"supervisor:{other_clinic.pk}",
            "manager": f"programme_manager:{programme.pk}",
        }
    )


def roles_of(user):
    return {(m.role, m.clinic_id, m.source) for m in user.memberships.all()}


def test_roles_come_with_the_claim_and_go_with_it(client, b2c, role_claims, clinic, other_clinic, advance_issue_time):
    b2c.set_claims("amina", roles=["north-worker", "manager", "unknown"])
    sign_in(client, b2c, "amina")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert roles_of(user) == {("health_worker", clinic.pk, "claim"), ("programme_manager", None, "claim")}

    advance_issue_time()
    b2c.set_claims("amina", roles="south-supervisor")
    client.logout()
    sign_in(client, b2c, "amina")
    assert roles_of(user) == {("supervisor", other_clinic.pk, "claim")}

    advance_issue_time()
    b2c.set_claims("amina")
    client.logout()
    sign_in(client, b2c, "amina")
    assert roles_of(user) == set()
    assert Membership.pgh_event_model.objects.filter(pgh_label="delete").count() == 3


@pytest.fixture
def advance_issue_time():
    """Return a function that makes what was applied until now two seconds older: tokens count in seconds."""

    def advance():
        for link in UserSocialAuth.objects.all():
            link.extra_data["roles_issued_at"] -= 2
            link.save()

    return advance


def test_a_role_given_by_hand_stays_without_the_claim(client, b2c, role_claims, clinic, advance_issue_time):
    sign_in(client, b2c, "amina")
    user = User.objects.get(pk=client.session["_auth_user_id"])
    Membership.objects.create(user=user, programme=clinic.programme, clinic=clinic, role=Role.HEALTH_WORKER)

    for roles in (["north-worker"], []):
        advance_issue_time()
        b2c.set_claims("amina", roles=roles)
        client.logout()
        sign_in(client, b2c, "amina")

    assert roles_of(user) == {("health_worker", clinic.pk, "assigned")}
