"""The capture facts of a session, as the pipeline wants them."""

from __future__ import annotations

from decimal import Decimal

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


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
