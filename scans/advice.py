"""Why a film could not be measured and what its figures say, in words and with a picture to compare with.

Knows words alone: what is accepted is decided in `ml_models.quality`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from children.numbers import printed_percent
from ml_models.quality import ADVICE, MAX_BLUR_SHARE, MIN_BODY_PX, MIN_LUMINANCE, ReasonCode
from scans.models import ScanVideo

#: The marker is said to hang elsewhere when it is more likely so than not.
ELSEWHERE = 0.5

_WHAT: Mapping[ReasonCode, Promise] = {
    ReasonCode.NO_CHILD: gettext_lazy("No child was found in the film."),
    ReasonCode.NOT_A_CHILD: gettext_lazy("The person in the film is not a child."),
    ReasonCode.TWO_PEOPLE: gettext_lazy("More than one person is in the film."),
    ReasonCode.LEFT_FRAME: gettext_lazy("The child left the picture."),
    ReasonCode.HEAD_CUT_OFF: gettext_lazy("The head is cut off."),
    ReasonCode.FEET_CUT_OFF: gettext_lazy("The feet are cut off."),
    ReasonCode.TOO_FAR: gettext_lazy("The child is too far away."),
    ReasonCode.WRONG_VIEW: gettext_lazy("The child was filmed from another side than was chosen."),
    ReasonCode.TOO_DARK: gettext_lazy("The film is too dark."),
    ReasonCode.BLURRED: gettext_lazy("The film is blurred."),
    ReasonCode.MARKER_NOT_FOUND: gettext_lazy("The marker sheet was not found in the film."),
    ReasonCode.UNFAMILIAR_BODY: gettext_lazy("The body in the film is unlike any that the model knows."),
    ReasonCode.IMPLAUSIBLE_SIZE: gettext_lazy("The size found cannot be that of a child of this age."),
    ReasonCode.POSE_MODEL_DIFFERS: gettext_lazy("The portal is not set up for the measuring model."),
    ReasonCode.EMPTY_FILE: gettext_lazy("The file is empty."),
    ReasonCode.NOT_A_VIDEO: gettext_lazy("The file is not a video."),
    ReasonCode.NO_VIDEO_STREAM: gettext_lazy("The file has sound but no picture."),
    ReasonCode.TRUNCATED: gettext_lazy("The file breaks off before its end."),
    ReasonCode.TOO_SHORT: gettext_lazy("The film is too short."),
    ReasonCode.TOO_LONG: gettext_lazy("The film is too long."),
    ReasonCode.TOO_LARGE: gettext_lazy("The file is too large."),
    ReasonCode.TOO_MANY_PIXELS: gettext_lazy("The picture has too many pixels."),
    ReasonCode.FRAME_RATE: gettext_lazy("The frame rate can't be used."),
    ReasonCode.CODEC_NOT_SUPPORTED: gettext_lazy("The video format can't be read."),
    ReasonCode.DECODE_TIMEOUT: gettext_lazy("Reading the film took too long."),
    ReasonCode.DECODE_FAILED: gettext_lazy("The film could not be read."),
    ReasonCode.PROCESSING_FAILED: gettext_lazy("Processing failed."),
    ReasonCode.DEADLINE_EXCEEDED: gettext_lazy("Processing took too long."),
    ReasonCode.WORKER_LOST: gettext_lazy("Processing was interrupted several times and the scan was set aside."),
    ReasonCode.CONSENT_WITHDRAWN: gettext_lazy("The consent for scanning was withdrawn."),
    ReasonCode.NO_USABLE_ESTIMATE: gettext_lazy("The film gave no usable estimate of length or height."),
}

#: Reasons that a picture of static/scan_help/ shows.
_PICTURE_OF: Mapping[ReasonCode, str] = {
    ReasonCode.TWO_PEOPLE: "two-people",
    ReasonCode.HEAD_CUT_OFF: "head-cut",
    ReasonCode.FEET_CUT_OFF: "feet-cut",
    ReasonCode.TOO_FAR: "too-far",
    ReasonCode.WRONG_VIEW: "oblique",
    ReasonCode.TOO_DARK: "too-dark",
    ReasonCode.BLURRED: "blurred",
    ReasonCode.MARKER_NOT_FOUND: "no-marker",
}
_GOOD_STANDING, _GOOD_LYING = "good-front", "good-lying"

#: Another film would not help: what to do is written in the advice.
_NOT_BY_FILMING = frozenset(
    {
        ReasonCode.UNFAMILIAR_BODY,
        ReasonCode.IMPLAUSIBLE_SIZE,
        ReasonCode.POSE_MODEL_DIFFERS,
        ReasonCode.PROCESSING_FAILED,
        ReasonCode.WORKER_LOST,
        ReasonCode.CONSENT_WITHDRAWN,
    }
)


@dataclass(frozen=True)
class Advice:
    """Why there is no estimate and what to do now. `wrong`, `right`: pictures of static/scan_help/, empty where none
    shows it. `film_again`: whether another film may do better."""

    reason: ReasonCode
    what: str
    do: str
    film_again: bool
    wrong: str = ""
    right: str = ""

    @property
    def wrong_word(self) -> str:
        """The word over the picture of how not to film."""
        return wrong_word()

    @property
    def right_word(self) -> str:
        """The word over the picture of how to film."""
        return right_word()


@dataclass(frozen=True)
class Figure:
    """One figure of a film, as it is read: `level` is none where it is fine, moderate where it is near a limit."""

    name: str
    value: str
    says: str
    level: str


def reason_words(reason: str) -> str:
    """Return what was wrong, as a short sentence."""
    return str(_WHAT[ReasonCode(reason)])


def advice_on(reason: str, *, lying: bool) -> Advice:
    """Return words and pictures for a reason; `lying`: how the child was filmed."""
    code = ReasonCode(reason)
    wrong = "" if code is ReasonCode.WRONG_VIEW and not lying else _PICTURE_OF.get(code, "")
    return Advice(
        reason=code,
        what=reason_words(reason),
        do=_(ADVICE[code]),
        film_again=code not in _NOT_BY_FILMING,
        wrong=wrong,
        right=(_GOOD_LYING if lying else _GOOD_STANDING) if wrong else "",
    )


def wrong_word() -> str:
    """Return the word over a picture of how not to film."""
    return _("Wrong")


def right_word() -> str:
    """Return the word over a picture of how to film."""
    return _("Right")


def figures_in_words(quality: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[Figure]]]:
    """Return the figures of each film of a session (`Prediction.quality`: by scan type), by the film's name."""
    names = dict(ScanVideo.ScanType.choices)
    return [(str(names.get(scan_type, scan_type)), list(_figures(told))) for scan_type, told in quality.items()]


def marker_warning(quality: Mapping[str, Mapping[str, float]]) -> str:
    """Return what to tell of a marker that did not stand beside the child, empty where it did."""
    if not any(told.get("marker_elsewhere", 0.0) > ELSEWHERE for told in quality.values()):
        return ""
    return _(
        "The marker sheet seems to stand nearer to the camera or farther away than the child, so the estimate does not "
        "rest on it alone. Next time put it right beside the child, in the plane of the body."
    )


def _figures(told: Mapping[str, float]) -> Iterable[Figure]:
    for name, (word, show, near) in _READINGS.items():
        if name in told:
            poor = near(told[name])
            yield Figure(word(), show(told[name]), _("near the limit") if poor else _("fine"), _LEVEL[poor])


_LEVEL = {False: "none", True: "moderate"}


def _percent(value: float) -> str:
    return printed_percent(value)


# Name of a figure: word, how it is printed, when it is near the limit that would have refused the film.
_READINGS: Mapping[str, tuple[Callable[[], str], Callable[[float], str], Callable[[float], bool]]] = {
    "mean_luminance": (lambda: _("Light"), _percent, lambda value: value < 2 * MIN_LUMINANCE),
    "blur_share": (
        lambda: _("Blur, share of the picture's side"),
        lambda value: printed_percent(value, decimals=2),
        lambda value: value > 0.7 * MAX_BLUR_SHARE,
    ),
    "detected_share": (lambda: _("Pictures with the child found"), _percent, lambda value: value < 0.9),
    "whole_share": (lambda: _("Pictures with the whole child"), _percent, lambda value: value < 0.9),
    "second_seen_share": (lambda: _("Pictures with a second person"), _percent, lambda value: value > 0),
    "body_px": (
        lambda: _("Size of the child in the film"),
        lambda value: f"{value:.0f} px",
        lambda value: value < 1.2 * MIN_BODY_PX,
    ),
    "marker_elsewhere": (
        lambda: _("Probability that the marker does not stand beside the child"),
        _percent,
        lambda value: value > ELSEWHERE,
    ),
}
