"""The menu: which pages a person can go to from anywhere. It decides what is offered, never what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.models import CLINIC_ROLES, Membership, Role, User

EVERYBODY = frozenset(Role)
CLINIC = frozenset(CLINIC_ROLES)


@dataclass(frozen=True)
class Place:
    """One entry of the menu: a page by its URL name, the word for it, and the roles that it is offered to."""

    url_name: str
    word: Promise
    roles: frozenset[Role] = EVERYBODY


@dataclass(frozen=True)
class Link:
    """One entry as shown: `current` on the page itself."""

    url: str
    word: str
    current: bool


@dataclass(frozen=True)
class Menu:
    """What the header shows: entries side by side, then those folded under one word."""

    main: tuple[Link, ...]
    more: tuple[Link, ...]

    @property
    def more_is_current(self) -> bool:
        """Say whether the page is one of the folded ones."""
        return any(link.current for link in self.more)


MAIN = (
    Place("home", _("Today"), CLINIC),
    Place("home", _("Totals"), EVERYBODY - CLINIC),
    Place("children:list", _("Children"), CLINIC),
    Place("care:alerts", _("Alerts"), CLINIC),
    Place("care:follow_ups", _("Follow-ups"), CLINIC),
)
MORE = (
    Place("programme", _("Programme: prevalence")),
    Place("standardisation", _("Standardisation tests"), frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})),
    Place("care:treatments", _("In treatment"), CLINIC),
    Place("care:defaulters", _("Children who did not come"), CLINIC),
    Place("care:cohort", _("How treatments ended")),
    Place("review", _("Films to review"), frozenset({Role.SUPERVISOR})),
    Place("scan_help", _("How to film"), CLINIC),
    Place("erasures", _("Erasures"), CLINIC),
    Place("kpis", _("Key figures")),
    Place("model_yield", _("Scans: how many succeed")),
    Place("model_accuracy", _("Scans: how exact they are")),
    Place("model_versions", _("Measuring models")),
    Place("exports", _("Exports")),
    Place("check", _("Check us against WHO")),
    Place("gallery", _("Parts of the pages"), frozenset({Role.ADMINISTRATOR})),
    Place("accounts:invitations", _("Invitations"), frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})),
    Place("accounts:tokens", _("API tokens")),
)


def navigation(request: HttpRequest) -> dict[str, object]:
    """Give every template `menu`, worked out when it is first read; None before the sign-in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": None}
    return {"menu": SimpleLazyObject(lambda: menu_for(user, path=request.path))}


def menu_for(user: User, *, path: str) -> Menu:
    """Return the menu of `user` on the page at `path`."""
    roles = {Role(role) for role in Membership.objects.filter(user=user).values_list("role", flat=True)}
    return Menu(main=_links(MAIN, roles, path), more=_links(MORE, roles, path))


def _links(places: Sequence[Place], roles: set[Role], path: str) -> tuple[Link, ...]:
    offered = (place for place in places if place.roles & roles or place.roles == EVERYBODY)
    urls = ((reverse(place.url_name), str(place.word)) for place in offered)
    return tuple(Link(url=url, word=word, current=url == path) for url, word in urls)
