"""Every page in a real browser: wide and narrow, light and dark, without a fault and fit for people with disabilities.

The pictures are kept below artefacts/screenshots/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from children.models import Child, Measurement
from children.services import void_measurement
from scans.models import ScanSession
from scans.services import start_session
from tests.e2e.browsing import NARROW, WIDE, Visitor
from tests.servers import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

LOOKS = {
    f"{width['width']}-{theme}": {"viewport": width, "color_scheme": theme}
    for width in (WIDE, NARROW)
    for theme in ("light", "dark")
}
GIRL = [  # days ago, weight kg, length cm, MUAC mm: faltering since her first birthday, severely wasted today
    (520, 5.0, 57.2, 126),
    (430, 6.8, 64.0, 135),
    (340, 7.7, 68.9, 139),
    (250, 8.2, 72.6, 137),
    (160, 8.5, 75.8, 133),
    (70, 8.5, 78.0, 125),
    (0, 7.6, 79.3, 112),
]


@pytest.fixture
def girl(make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], supervisor: User) -> Child:
    """A girl with a long history, a void row among it."""
    child = make_child(age_days=610, name="Zawadi Achieng")
    for days_ago, weight_kg, length_cm, muac_mm in GIRL:
        make_measurement(
            child=child,
            days_ago=days_ago,
            weight_kg=weight_kg,
            length_height_cm=length_cm,
            position="length",
            muac_mm=muac_mm,
            oedema=False,
            measured_by="Amina Otieno",
        )
    wrong = make_measurement(child=child, days_ago=40, muac_mm=160)
    void_measurement(measurement=wrong, voided_by=supervisor, reason="Another child")
    return child


@pytest.fixture
def addresses(
    girl: Child, make_child: Callable[..., Child], make_measurement: Callable[..., Measurement], supervisor: User
) -> dict[str, str]:
    """Every page of the portal by a short name."""
    preterm = make_child(age_days=300, sex="M", name="Baraka Mwangi", gestation_weeks=31, gestation_days=4)
    for days_ago, weight_kg, length_cm in ((190, 4.6, 55.0), (60, 7.6, 66.4), (2, 8.3, 70.0)):
        make_measurement(
            child=preterm, days_ago=days_ago, weight_kg=weight_kg, length_height_cm=length_cm, position="length"
        )
    unscanned = make_child(age_days=45, name="Faith Njeri", purposes=("care",))
    waiting, refused = (start_session(child=girl, started_by=supervisor, facts={}) for _number in range(2))
    ScanSession.objects.filter(pk=waiting.pk).update(state="queued", submitted_at=timezone.now())
    ScanSession.objects.filter(pk=refused.pk).update(
        state="unusable", reason="feet_cut_off", submitted_at=timezone.now(), finished_at=timezone.now()
    )
    measurement = Measurement.objects.active().filter(child=girl).first()
    assert measurement is not None
    return {
        "today": reverse("home"),
        "children": reverse("children:list"),
        "register": reverse("children:register"),
        "child": reverse("child", args=[girl.pk]),
        "child-length": reverse("child", args=[girl.pk], query={"index": "haz"}),
        "child-preterm": reverse("child", args=[preterm.pk], query={"index": "waz"}),
        "child-new": reverse("child", args=[unscanned.pk]),
        "measure": reverse("children:measure", args=[girl.pk]),
        "correct": reverse("children:correct", args=[measurement.pk]),
        "void": reverse("children:void", args=[measurement.pk]),
        "scan": reverse("scans:new", args=[girl.pk]),
        "scan-without-consent": reverse("scans:new", args=[unscanned.pk]),
        "session-waiting": reverse("scan_session", args=[waiting.pk]),
        "session-refused": reverse("scan_session", args=[refused.pk]),
        "alerts": reverse("care:alerts"),
        "follow-ups": reverse("care:follow_ups"),
        "tokens": reverse("accounts:tokens"),
        "gallery": reverse("gallery"),
        "programme": reverse("programme", query={"indicator": "stunting"}),
    }


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_fits_and_is_accessible(
    visit: Callable[..., Visitor], addresses: dict[str, str], supervisor: User, look: str
) -> None:
    visitor = visit(**LOOKS[look])
    visitor.page.goto(reverse("accounts:sign_in"))
    visitor.shoot(f"sign-in-{look}")
    found = _faults_of_page(visitor, "sign-in")
    visitor.sign_in("supervisor")
    visitor.page.wait_for_url("**/")

    for name, address in addresses.items():
        visitor.page.goto(address)
        if visitor.page.locator(".chart").count():
            visitor.page.locator(".chart-ready").wait_for()
        visitor.shoot(f"{name}-{look}")
        found += _faults_of_page(visitor, name)

    assert found == []


def test_a_manager_sees_totals_and_codes(
    visit: Callable[..., Visitor], girl: Child, make_user: Callable[..., User]
) -> None:
    make_user("manager", Role.PROGRAMME_MANAGER)
    for look, options in LOOKS.items():
        visitor = visit(**options)
        visitor.sign_in("manager")
        visitor.page.wait_for_url("**/")
        visitor.shoot(f"totals-{look}")
        text = visitor.page.locator("main").inner_text()
        assert girl.code in text
        assert girl.name not in text
        assert _faults_of_page(visitor, "totals") == []


def test_the_chart_follows_the_theme_and_the_tabs_without_a_reload(
    visit: Callable[..., Visitor], girl: Child, supervisor: User
) -> None:
    visitor = visit()
    page = visitor.page
    visitor.sign_in("supervisor")
    page.goto(reverse("child", args=[girl.pk]))
    page.locator(".chart-ready").wait_for()
    page.evaluate("window.wasNotReloaded = true")

    page.get_by_role("link", name="Length/height", exact=True).click()
    page.get_by_role("heading", name="Length or height for age").wait_for()
    page.locator(".chart-ready").wait_for()
    light = _line_colours(visitor)
    page.emulate_media(color_scheme="dark")
    wait_until(lambda: _line_colours(visitor) not in ([], light), what="the colours of the dark theme")

    assert page.evaluate("window.wasNotReloaded")


def _line_colours(visitor: Visitor) -> list[Any]:
    return list(visitor.page.eval_on_selector_all(".js-line", "lines => lines.map(line => line.style.stroke)"))


def _faults_of_page(visitor: Visitor, name: str) -> list[str]:
    faults = [f"{name}: {violation}" for violation in visitor.axe_violations()]
    for direction in ("rtl", "ltr"):
        visitor.page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        if visitor.overflow_px() > 0:
            faults.append(f"{name}, {direction}: {visitor.overflow_px()} px too wide")
    return faults
