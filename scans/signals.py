"""What scans tell the app above; one receiver each (docs/pipeline.md)."""

from django.dispatch import Signal

session_submitted = Signal()
"""Sent with `session_id` after the commit that queued a session. Received by predictions: enqueue."""

frames_removed = Signal()
"""Sent with `session_ids` in the transaction that promised their pictures' deletion. Received by predictions: rows."""
