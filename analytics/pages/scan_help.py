"""The page that teaches filming: the sheet to print, pictures of right and wrong, every reason in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.views import PrivatePage
from ml_models.quality import ReasonCode
from scans.advice import advice_on, right_word, wrong_word


@dataclass(frozen=True)
class Picture:
    """One picture of static/scan_help/: `shows` for those who can't see it, a title, what to do."""

    name: str
    shows: str
    title: str
    do: str

    @property
    def path(self) -> str:
        """Its path below static/."""
        return f"scan_help/{self.name}.webp"


class ScanHelpPage(PrivatePage):
    """How to film; the same for everybody."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        context = {
            "good": good_pictures(),
            "wrong": wrong_pictures(),
            "reasons": [advice_on(reason, lying=False) for reason in ReasonCode],
            "right_word": right_word(),
            "wrong_word": wrong_word(),
        }
        return render(request, "analytics/scan_help.html", context)


def good_pictures() -> list[Picture]:
    """Return how it should look."""
    return [
        Picture(
            "good-front",
            _("A standing child from the front, with the marker on a stand beside it."),
            _("Standing, from the front."),
            _("Head and feet with space around, the marker beside the child."),
        ),
        Picture(
            "good-side",
            _("The same child from the side, with the marker on its stand."),
            _("Standing, from the side."),
            _("A second film makes the estimate better."),
        ),
        Picture(
            "good-lying",
            _("A lying child from straight above, with the marker on a box beside it."),
            _("Lying, from above."),
            _("The marker on a box, as high as the middle of the body."),
        ),
    ]


def wrong_pictures() -> list[Picture]:
    """Return what often goes wrong."""
    return [
        Picture(
            "feet-cut",
            _("A child whose feet are below the picture."),
            _("Feet cut off."),
            _("Step back until you see both feet and some floor."),
        ),
        Picture(
            "head-cut",
            _("A child whose head is above the picture."),
            _("Head cut off."),
            _("Leave some space above the head."),
        ),
        Picture(
            "head-covered",
            _("A child with a thick cap."),
            _("Head covered."),
            _("Take off caps and cloths: the top of the head is measured."),
        ),
        Picture("two-people", _("Two children side by side."), _("Two people."), _("Film one child alone.")),
        Picture(
            "too-far",
            _("A child far away in a large room."),
            _("Too far away."),
            _("Go nearer, until the child fills half of the picture."),
        ),
        Picture(
            "too-dark", _("A child in a dark room."), _("Too dark."), _("Switch on a light or go nearer to a window.")
        ),
        Picture("blurred", _("A blurred child."), _("Blurred."), _("Clean the lens and hold the phone still.")),
        Picture(
            "oblique",
            _("A lying child filmed from the side of the mat."),
            _("Lying, filmed from the side."),
            _("Hold the phone straight above the child."),
        ),
        Picture("no-marker", _("A child without a marker."), _("No marker."), _("Put the sheet beside the child.")),
        Picture(
            "far-marker",
            _("A child, and a marker on the wall far behind."),
            _("Marker elsewhere."),
            _("Put the sheet beside the child, not on the wall behind."),
        ),
    ]
