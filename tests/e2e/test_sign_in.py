"""Sign-in and sign-out with the organisation's tenant in Chromium, against the real web process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, Request, expect

from accounts.invitations import invite
from accounts.models import Role, User
from tests.e2e.browsing import PASSWORD, Visitor
from tests.servers import process_env
from tests.stand_ins.oidc import Tenant
from tests.stand_ins.oidc_fixtures import b2c_env, entra_env

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ENVIRONMENTS = {"b2c": b2c_env, "entra": entra_env}


class TenantVisitor(Visitor):
    """A visitor who is sent to the tenant and back; every other host is still a fault."""

    def __init__(self, browser: Browser, base_url: str, tenant: Tenant) -> None:
        self.tenant = tenant
        super().__init__(browser, base_url, ignore_https_errors=True)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self.tenant.url):
            super()._on_request(request)


@pytest.fixture(params=sorted(ENVIRONMENTS))
def portal_env(request: pytest.FixtureRequest, transactional_db: None, tenant: Tenant) -> dict[str, str]:
    """The portal, set up for Azure AD B2C or for Entra External ID."""
    return process_env(database=connection.settings_dict["NAME"], **ENVIRONMENTS[request.param](tenant))


@pytest.fixture
def visitor(browser: Browser, portal: str, tenant: Tenant) -> Iterator[TenantVisitor]:
    """A window at the portal, which the tenant knows."""
    tenant.register_portal(portal)
    window = TenantVisitor(browser, portal, tenant)
    yield window
    window.context.close()
    # Chromium itself logs the 403 of the page for those without a clinic.
    assert [fault for fault in window.faults if "status of 403" not in fault] == []


def sign_in_with_the_organisation(page: Page, login: str) -> None:
    page.goto("/accounts/sign-in/")
    page.get_by_role("button", name="Sign in with your organisation").click()
    expect(page.get_by_role("heading", name="Sign in to the organisation")).to_be_visible()
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill("any")
    page.get_by_role("button", name="Continue").click()


def sign_out(page: Page) -> None:
    button = page.get_by_role("button", name="Sign out")
    if not button.is_visible():
        page.locator("header summary").last.click()
    button.click()


def test_from_the_first_sign_in_by_an_invitation_to_the_sign_out_at_both_ends(
    visitor: TenantVisitor, supervisor: User, clinic: object, child: object
) -> None:
    page = visitor.page
    _invitation, code = invite(invited_by=supervisor, role=Role.HEALTH_WORKER, clinic=clinic, programme=None)

    # somebody of the organisation, whom no clinic knows yet
    sign_in_with_the_organisation(page, "amina")
    expect(page.get_by_role("heading", name="You don't belong to a clinic yet")).to_be_visible()
    assert visitor.axe_violations() == []
    visitor.shoot("sign-in-no-clinic")
    page.goto("/children/")
    expect(page.get_by_text("Amina Yusuf")).to_have_count(0)

    # the invitation opens the clinic
    page.get_by_role("link", name="I have an invitation").click()
    page.get_by_label("Code of the invitation").fill(code)
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text("Welcome to North clinic.")).to_be_visible()
    page.goto("/children/")
    expect(page.get_by_role("link", name="Amina Yusuf")).to_be_visible()

    # out here and there: coming back, the organisation asks who it is
    sign_out(page)
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    assert page.url.startswith(visitor.base_url)
    page.goto("/children/")
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    sign_in_with_the_organisation(page, "amina")
    expect(page.get_by_role("link", name="Children").first).to_be_visible()
    assert User.objects.filter(social_auth__isnull=False).count() == 1


@pytest.mark.parametrize("portal_env", ["b2c"], indirect=True)
def test_a_supervisor_invites_on_a_page_that_everybody_can_use(
    visitor: TenantVisitor, make_user: Callable[..., User], clinic: object
) -> None:
    make_user("head", Role.SUPERVISOR, clinic)
    page = visitor.page
    page.goto("/accounts/sign-in/")
    page.get_by_label("User name").fill("head")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/accounts/invitations/")
    page.get_by_label("Role").select_option("Supervisor")
    page.get_by_label("Clinic").select_option("North clinic")
    page.get_by_role("button", name="Make an invitation").click()

    expect(page.locator("#invitation-code")).to_contain_text("-")
    assert visitor.axe_violations() == []
    visitor.shoot("invitations")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("No invitation is waiting.")).to_be_visible()
