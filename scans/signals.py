"""What scans tell the app above; one receiver (docs/pipeline.md)."""

from django.dispatch import Signal

session_submitted = Signal()
"""Sent with `session_id` after the commit that queued a session. Received by predictions: enqueue."""
