"""The form of a new scan: how the child is filmed, the capture facts, the films."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cgm_portal.errors import DomainError
from children.growth.age import FIRST_HEIGHT_DAY
from children.models import Child
from scans.facts import was_lying
from scans.models import ScanSession, ScanVideo

STANDING, LYING = "standing", "lying"
FILM_FIELDS = {
    "film_standing_front": ScanVideo.ScanType.STANDING_FRONT,
    "film_standing_side": ScanVideo.ScanType.STANDING_SIDE,
    "film_lying_above": ScanVideo.ScanType.LYING_ABOVE,
}
FILMS_OF_POSTURE = {
    STANDING: ("film_standing_front", "film_standing_side"),
    LYING: ("film_lying_above",),
}
FACTS = (
    "marker_used",
    "marker_sheet",
    "marker_size_mm",
    "camera_distance_cm",
    "camera_height_cm",
    "phone_model",
    "camera_tilt_deg",
    "camera_roll_deg",
    "focal_length_px",
)


def _film_field(label: str) -> forms.FileField:
    widget = forms.FileInput(attrs={"accept": "video/*"})
    return forms.FileField(label=label, required=False, allow_empty_file=True, widget=widget)


class ScanForm(forms.ModelForm):
    """Capture facts and films of one session. A decimal comma is accepted."""

    session_id = forms.UUIDField(widget=forms.HiddenInput)
    posture = forms.ChoiceField(
        label=_("How is the child filmed?"),
        choices=[(STANDING, _("Standing (2 years and older)")), (LYING, _("Lying (under 2 years)"))],
        widget=forms.RadioSelect,
    )
    film_standing_front = _film_field(_("Film from the front"))
    film_standing_side = _film_field(_("Film from the side"))
    film_lying_above = _film_field(_("Film from above"))
    without_scale = forms.BooleanField(label=_("Scan all the same, without a length"), required=False)

    class Meta:
        model = ScanSession
        fields = FACTS
        labels = {  # the unit stands beside the field
            "marker_sheet": _("Which marker?"),
            "marker_size_mm": _("Side of the marker's black square"),
            "camera_distance_cm": _("Distance from the camera to the child"),
            "camera_height_cm": _("Height of the camera above the floor"),
            "phone_model": _("Phone model"),
            "camera_tilt_deg": _("Tilt of the camera below horizontal"),
            "camera_roll_deg": _("Roll of the camera"),
            "focal_length_px": _("Focal length of the film"),
        }

    def __init__(self, *args: Any, child: Child, **kwargs: Any) -> None:
        lying = child.age_days_on(timezone.localdate()) < FIRST_HEIGHT_DAY
        kwargs["initial"] = {
            "session_id": uuid.uuid4(),
            "posture": LYING if lying else STANDING,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        self.fields["marker_sheet"].choices = [("", _("A single marker")), *ScanSession.MarkerSheet.choices]
        for name, field in self.fields.items():
            if isinstance(field, forms.DecimalField):
                field.validators += ScanSession._meta.get_field(name).validators
                # A blank placeholder lets the style sheet see whether the field is empty.
                attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": " "}
                field.widget = forms.TextInput(attrs=attrs)

    def clean(self) -> dict[str, Any]:
        """Ask for a film of the chosen posture, and for a scale or an explicit no."""
        data = super().clean() or {}
        names = FILMS_OF_POSTURE.get(data.get("posture", ""), ())
        if names and not any(data.get(name) for name in names):
            self.add_error(names[0], _("Choose a film."))
        for name in names:
            self._check_size(name, data.get(name))
        marker_ok = data.get("marker_used")
        if marker_ok and not data.get("marker_size_mm") and not data.get("marker_sheet"):
            self.add_error("marker_size_mm", _("Give the side of the black square in mm, or choose the sheet."))
        no_scale = not marker_ok and data.get("camera_distance_cm") is None and "camera_distance_cm" not in self.errors
        if no_scale and not data.get("without_scale"):
            self.add_error(
                "without_scale", _("Without a marker or a distance no length can be given. Give one, or tick this.")
            )
        return data

    def _post_clean(self) -> None:
        """No instance is made here: whose session it is, the service decides. The facts have the model's validators."""

    def _check_size(self, name: str, film: UploadedFile | None) -> None:
        if film is None:
            return
        limit_mb = settings.SCAN_MAX_BYTES // 1024**2
        if film.size == 0:
            self.add_error(name, _("The file is empty (0 bytes). Record it again."))
        elif film.size > settings.SCAN_MAX_BYTES:
            self.add_error(
                name,
                _("The film has %(mb)d MB; the limit is %(limit)d MB. Record a shorter one.")
                % {"mb": film.size // 1024**2, "limit": limit_mb},
            )

    @staticmethod
    def facts_of(session: ScanSession) -> dict[str, Any]:
        """Return what to fill in beforehand when the child of `session` is filmed again; the film alone is new."""
        told = {name: getattr(session, name) for name in FACTS}
        known = {name: value for name, value in told.items() if value not in (None, "")}
        return {**known, "posture": LYING if was_lying(session) else STANDING}

    def facts(self) -> dict[str, Any]:
        """Return the capture facts for the service."""
        return {name: self.cleaned_data[name] for name in FACTS}

    def films(self) -> list[tuple[str, UploadedFile]]:
        """Return scan type and file of each film of the chosen posture."""
        names = FILMS_OF_POSTURE[self.cleaned_data["posture"]]
        return [(FILM_FIELDS[name].value, self.cleaned_data[name]) for name in names if self.cleaned_data[name]]

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of a service at its field, or above the form."""
        films = [name for name in FILM_FIELDS if self.cleaned_data.get(name)]
        field = films[0] if error.field == "file" and films else error.field
        self.add_error(field if field in self.fields else None, error.message)
