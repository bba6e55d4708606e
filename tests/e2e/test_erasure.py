"""In Chromium: a worker asks on a phone, a supervisor decides at the desk and prints the receipt."""

from __future__ import annotations

import pytest

from children.models import Child, ErasureRecord
from tests.e2e.browsing import NARROW, WIDE
from tests.predictions.conftest import RESEARCH, make_scan, model_version

__all__ = ["make_scan", "model_version"]  # fixtures
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def look(visitor, name: str) -> None:
    """The page fits, axe finds nothing, and a picture of it is kept, at both widths."""
    for width, size in (("360", NARROW), ("1280", WIDE)):
        visitor.page.set_viewport_size(size)
        assert visitor.overflow_px() == 0, name
        assert visitor.axe_violations() == [], name
        visitor.shoot(f"erasure-{name}-{width}")


def test_a_guardian_has_the_child_erased(visit, make_child, make_scan, make_measurement, health_worker, supervisor):
    child = make_child(age_days=500, purposes=RESEARCH)
    make_measurement(child=child, weight_kg=7.2, muac_mm=118)
    make_scan(child=child)
    worker, boss = visit(viewport=NARROW), visit()

    worker.sign_in(health_worker.username)
    worker.page.goto(f"/children/{child.pk}/")
    worker.page.get_by_role("link", name="Erase the whole record").click()
    look(worker, "ask")
    worker.page.get_by_role("button", name="Record the request").click()
    worker.page.get_by_role("heading", name="Erasure is asked for").wait_for()
    worker.page.reload()
    look(worker, "asked")

    boss.sign_in(supervisor.username)
    boss.page.goto("/erasures/")
    look(boss, "waiting")
    boss.page.get_by_role("link", name="Decide").click()
    look(boss, "decide")
    boss.page.get_by_label("Type the child's code").fill(child.code)
    boss.page.get_by_role("button", name="Erase for good").click()
    boss.page.get_by_role("heading", name="Receipt of an erasure").wait_for()
    look(boss, "receipt")
    boss.page.goto("/erasures/")
    look(boss, "receipts")

    assert not Child.objects.filter(pk=child.pk).exists()
    assert ErasureRecord.objects.filter(scope="child").count() == 1
