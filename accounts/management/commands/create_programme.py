"""`manage.py create_programme`: a real programme with its first clinic and administrator, without anything of the demo.

The administrator is a superuser of Django admin: there they add clinics, users and memberships. The password is asked,
or read from CGM_ADMIN_PASSWORD; it never stands on the command line, where other users of the machine could read it.
"""

from __future__ import annotations

import getpass
import os
import re
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.languages import offered_languages
from accounts.models import User
from accounts.services import create_programme
from cgm_portal.errors import DomainError

PASSWORD_VARIABLE = "CGM_ADMIN_PASSWORD"  # noqa: S105 - the name of the variable
_COUNTRY = re.compile(r"[A-Za-z]{2}")


class Command(BaseCommand):
    """Creates a programme, its first clinic, and an administrator who may use Django admin."""

    help = (
        "Create a programme with its first clinic and an administrator of Django admin. The password is asked, or read "
        f"from {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare who and where."""
        languages = [code for code, _name in offered_languages()]
        parser.add_argument("--name", required=True, help="name of the programme")
        parser.add_argument("--country", required=True, help="ISO 3166 code of two letters, such as KE")
        parser.add_argument("--clinic", required=True, help="name of the first clinic")
        parser.add_argument("--area", default="", help="district that totals are grouped by")
        parser.add_argument("--language", default="en", choices=languages, help="of notices and pages")
        parser.add_argument("--administrator", required=True, help="username of the first administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create all of it or nothing."""
        names = {key: options[key].strip() for key in ("name", "country", "clinic", "area", "administrator")}
        _refuse_bad_names(names)
        password = _password()
        _refuse_bad_user(username=names["administrator"], password=password)
        try:
            programme = create_programme(
                name=names["name"],
                country=names["country"],
                clinic_name=names["clinic"],
                area=names["area"],
                language=options["language"],
                administrator_username=names["administrator"],
                password=password,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(
            f"Created the programme {programme.name} with {names['clinic']}. {names['administrator']} signs in and "
            "adds clinics, users and memberships at /admin/."
        )


def _refuse_bad_names(names: dict[str, str]) -> None:
    for key in ("name", "clinic", "administrator"):
        if not names[key]:
            raise CommandError(f"--{key} is empty. Give a name.")
    if not _COUNTRY.fullmatch(names["country"]):
        raise CommandError(f"--country is {names['country']!r}; give the ISO 3166 code of two letters, such as KE.")


def _password() -> str:
    """Return the password from the environment, or ask for it twice."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError(f"There is no terminal to ask for the password. Set {PASSWORD_VARIABLE}.")
    password = getpass.getpass("Password of the administrator: ")
    if password != getpass.getpass("Again: "):
        raise CommandError("The two passwords differ. Start again.")
    return password


def _refuse_bad_user(*, username: str, password: str) -> None:
    """Check what Django's forms would check, before anything is stored."""
    user = User(username=username)
    try:
        User._meta.get_field("username").clean(username, user)
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
