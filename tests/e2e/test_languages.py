"""Every page in every language that is offered: nothing left in English, numbers as its readers write them, nothing too
wide, and no drawing or form that a browser could not read."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from analytics.navigation import MAIN, MORE
from cgm_portal.catalogue import read_catalogue
from children.models import Child
from tests.e2e.browsing import NARROW, PASSWORD, Visitor
from tests.e2e.reading import read_page
from tests.e2e.test_pages import addresses, girl  # noqa: F401 - fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# Of names in the records of the test, of standards and of files: said as they are in every language.
AS_THEY_ARE = (
    *("North clinic", "South clinic", "Test programme", "Another child", "Child Growth Monitor"),
    *("WHO Child Growth Standards: Methods and development", "Bulletin of the World Health Organization", "WHO Anthro"),
    "ENA for SMART",
)
# No French text has these as words of their own.
ENGLISH = re.compile(
    r"\b(the|and|of|is|with|without|by|for|from|this|that|was|were|has|have|years?|weeks?|days?)\b", re.I
)
# 9.4 where French writes 9,4; not versions (0.3.1) nor addresses.
POINT = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])(?!\.\d)")

CSV_LINK = re.compile(r'href="([^"]*csv[^"]*)"')


@pytest.fixture
def every_address(addresses: dict[str, str]) -> dict[str, str]:  # noqa: F811
    """Every page that the browser tests see, and every entry of a supervisor's menu."""
    found = dict(addresses)
    for place in (*MAIN, *MORE):
        if Role.SUPERVISOR in place.roles:
            found.setdefault(place.url_name, reverse(place.url_name))
    return found


@pytest.fixture
def reader_in_french(clinic, make_user: Callable[..., User]) -> Client:
    """A supervisor who reads French."""
    user = make_user("supervisor-fr", Role.SUPERVISOR, clinic)
    user.language = "fr"
    user.save()
    client = Client()
    client.force_login(user)
    return client


def test_no_page_in_french_has_english_left(reader_in_french: Client, every_address: dict[str, str]):
    french = {str(message.id) for message in read_catalogue("fr") if message.id and message.id != message.string}
    left: dict[str, list[str]] = {}
    for name, address in every_address.items():
        answer = reader_in_french.get(address)
        assert answer.status_code == 200, name
        page = read_page(answer.content.decode())
        texts = [_without_names(text) for text in page.words]
        english = [text for text in texts if text in french or ENGLISH.search(text)]
        points = [text for text in texts if POINT.search(text)]
        if english or points or page.bad_numbers:
            left[name] = sorted({*english, *points, *page.bad_numbers})

    assert left == {}


def test_files_are_the_same_in_every_language(
    reader_in_french: Client, supervisor: User, every_address: dict[str, str]
):
    in_english = Client()
    in_english.force_login(supervisor)
    links = {
        urljoin(address, unescape(link))
        for address in every_address.values()
        for link in CSV_LINK.findall(in_english.get(address).content.decode())
    }
    asked = [f"{reverse('export_file')}?table={table}&format=csv" for table in ("visits", "visits_ena", "alerts")]

    differing = [
        link for link in (*links, *asked) if in_english.get(link).getvalue() != reader_in_french.get(link).getvalue()
    ]

    assert len(links) > 5
    assert differing == []


def _without_names(text: str) -> str:
    for name in AS_THEY_ARE:
        text = text.replace(name, "")
    return text


def test_french_from_the_first_page_on_and_nothing_too_wide(
    visit: Callable[..., Visitor],
    every_address: dict[str, str],
    supervisor: User,
    girl: Child,  # noqa: F811
):
    visitor = visit(viewport=NARROW)
    page = visitor.page
    page.goto(reverse("accounts:sign_in"))
    page.get_by_role("button", name="Français").click()
    page.get_by_label("Nom d’utilisateur").fill("supervisor")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/")
    too_wide = []
    for name, address in every_address.items():
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == "fr", name
        visitor.shoot(f"{name.replace(':', '-')}-fr-360")
        if visitor.overflow_px() > 0:
            too_wide.append(f"{name}: {visitor.overflow_px()} px")
    assert too_wide == []

    page.goto(reverse("children:measure", args=[girl.pk]))
    page.get_by_label("Poids", exact=False).first.fill("7,9")
    page.get_by_role("button", name="Enregistrer", exact=False).last.click()
    page.locator(".banner").first.wait_for()
    assert girl.measurements.active().order_by("-recorded_at").first().weight_kg == Decimal("7.9")

    page.get_by_role("button", name="English").click()
    page.locator("html[lang=en]").wait_for()
    supervisor.refresh_from_db()
    assert supervisor.language == "en"
