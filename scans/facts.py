"""The capture facts of a session, as the pipeline wants them, and how the child was filmed."""

from __future__ import annotations

from decimal import Decimal

from children.growth.age import FIRST_HEIGHT_DAY
from ml_models.types import CaptureFacts, MarkerSheet, ScanType
from scans.models import ScanSession


def capture_facts(session: ScanSession, scan_type: str) -> CaptureFacts:
    """Return what operator and phone told about one film of `session`; units as in the field names."""
    return CaptureFacts(
        scan_type=ScanType(scan_type),
        distance_cm=_float(session.camera_distance_cm),
        camera_height_cm=_float(session.camera_height_cm),
        camera_tilt_deg=_float(session.camera_tilt_deg),
        camera_roll_deg=_float(session.camera_roll_deg),
        focal_length_px=_float(session.focal_length_px),
        phone_model=session.phone_model or None,
        marker_id=session.marker_id if session.marker_used else None,
        marker_size_mm=_float(session.marker_size_mm) if session.marker_used else None,
        marker_sheet=MarkerSheet(session.marker_sheet) if session.marker_sheet else None,
    )


def was_lying(session: ScanSession) -> bool:
    """Return whether the child was filmed lying; without a film any more, whether its age asked for that."""
    films = [video.scan_type for video in session.videos.all()]
    if films:
        return any(ScanType(scan_type).is_lying for scan_type in films)
    filmed_on = session.child.clinic.programme.day_of(session.recorded_at)
    return session.child.age_days_on(filmed_on) < FIRST_HEIGHT_DAY


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
