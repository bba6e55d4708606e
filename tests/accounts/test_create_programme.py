"""A real start without the demo: one command makes programme, clinic and administrator."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Clinic, Membership, Programme, Role, User
from children.models import Child

GIVEN = {
    "name": "Nutrition North",
    "country": "ke",
    "clinic": "Health centre 1",
    "area": "North district",
    "administrator": "lulit",
}


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CGM_ADMIN_PASSWORD", "mango-ferry-cedar-0417")
    return "mango-ferry-cedar-0417"


def test_programme_clinic_and_administrator_are_made_and_nothing_else(db: None, password: str, capsys: Any) -> None:
    call_command("create_programme", **GIVEN)

    programme = Programme.objects.get()
    administrator = User.objects.get()
    assert (programme.name, programme.country) == ("Nutrition North", "KE")
    assert Clinic.objects.get().area == "North district"
    assert Membership.objects.get().role == Role.ADMINISTRATOR
    assert administrator.check_password(password)
    assert administrator.is_superuser
    assert Child.objects.count() == 0
    assert password not in capsys.readouterr().out


def test_the_administrator_reaches_django_admin(db: None, password: str, client: Any) -> None:
    call_command("create_programme", **GIVEN)
    client.force_login(User.objects.get())

    assert client.get("/admin/").status_code == 200


def test_a_second_programme_of_the_name_is_refused(db: None, password: str) -> None:
    call_command("create_programme", **GIVEN)

    with pytest.raises(CommandError, match="exists already"):
        call_command("create_programme", **{**GIVEN, "administrator": "another"})

    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"country": "Kenya"}, "two letters"),
        ({"name": "  "}, "--name is empty"),
        ({"clinic": ""}, "--clinic is empty"),
        ({"administrator": "lu lit"}, "valid username"),
    ],
)
def test_bad_names_are_refused_and_nothing_is_stored(db: None, password: str, change: dict, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("create_programme", **{**GIVEN, **change})

    assert not Programme.objects.exists()
    assert not User.objects.exists()


def test_a_weak_password_is_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CGM_ADMIN_PASSWORD", "12345")

    with pytest.raises(CommandError, match="too short"):
        call_command("create_programme", **GIVEN)


def test_without_a_terminal_the_variable_is_asked_for(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CGM_ADMIN_PASSWORD", raising=False)

    with pytest.raises(CommandError, match="Set CGM_ADMIN_PASSWORD"):
        call_command("create_programme", **GIVEN)


@pytest.mark.parametrize("answers", [["mango-ferry-cedar-0417"] * 2, ["mango-ferry-cedar-0417", "mango"]])
def test_at_a_terminal_the_password_is_asked_twice(
    db: None, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    monkeypatch.delenv("CGM_ADMIN_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    given = iter(answers)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(given))

    if len(set(answers)) == 1:
        call_command("create_programme", **GIVEN)
        assert User.objects.get().check_password(answers[0])
    else:
        with pytest.raises(CommandError, match="differ"):
            call_command("create_programme", **GIVEN)


def test_the_password_is_no_argument(db: None) -> None:
    with pytest.raises(TypeError, match="password"):
        call_command("create_programme", password="x", **GIVEN)
