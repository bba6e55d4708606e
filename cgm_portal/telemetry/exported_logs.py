"""Sends warnings and errors of the portal's logs along with the traces, as safe as they are written to the log."""

from __future__ import annotations

import logging

from opentelemetry import _logs

from cgm_portal.telemetry.log_format import safe_exception, safe_message
from cgm_portal.telemetry.redaction import describe_exception, type_name

# The exporters' own words about a collector that is away would wait to be sent to it.
_NOT_EXPORTED = ("azure", "opentelemetry", "urllib3", "requests")
_SEVERITIES = {
    logging.WARNING: _logs.SeverityNumber.WARN,
    logging.ERROR: _logs.SeverityNumber.ERROR,
    logging.CRITICAL: _logs.SeverityNumber.FATAL,
}


class ExportHandler(logging.Handler):
    """Turns log records into OpenTelemetry's: message, level, exception with its traceback; no other field."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record on, within the running trace."""
        if record.name.split(".")[0] in _NOT_EXPORTED:
            return
        attributes = {}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            attributes = {
                "exception.type": type_name(error),
                "exception.message": describe_exception(error),
                "exception.stacktrace": safe_exception(record),
            }
        _logs.get_logger(record.name).emit(
            _logs.LogRecord(
                timestamp=int(record.created * 1e9),
                severity_number=_SEVERITIES.get(record.levelno, _logs.SeverityNumber.WARN),
                severity_text=record.levelname,
                body=safe_message(record),
                attributes=attributes,
            )
        )
