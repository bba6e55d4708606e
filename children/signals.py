"""What the record tells the apps above it; each signal has one receiver (docs/pipeline.md)."""

from django.dispatch import Signal

measurement_recorded = Signal()
"""Sent with `measurement` in the transaction that stored, corrected, voided or assessed it anew. Received by care."""

manual_measurement_needed = Signal()
"""Sent with `child`, `reason` when a scan session ends without a usable estimate. Received by care."""

consent_withdrawn = Signal()
"""Sent with `consent` in the transaction that withdrew it. Received by scans."""
