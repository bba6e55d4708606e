"""The door of an export: checks who asks, notes it, and says whether it is made at once or in the background."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from analytics.exports.layouts import TABLES
from analytics.exports.models import ExportJob, ExportLog
from analytics.exports.scope import Filters, Scope, scope_of
from analytics.exports.tables import Table
from analytics.exports.tasks import make_export_task
from cgm_portal.errors import DomainError

MOST_ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class Asked:
    """An export that was noted. job: where it is made in the background."""

    log: ExportLog
    job: ExportJob | None
    table: Table
    scope: Scope
    filters: Filters


@transaction.atomic
def ask_for_export(*, user: User, table_key: str, file_format: str, filters: Filters) -> Asked:
    """Note an export of rows; more than MOST_ROWS_AT_ONCE go to a worker.

    Raises DomainError: `unknown_table`, `unknown_format`, `nothing_to_export` (no clinic of theirs).
    """
    table = TABLES.get(table_key)
    if table is None:
        raise DomainError("unknown_table", _("There is no such table to export."), field="table")
    if file_format not in ExportLog.Format.values:
        raise DomainError("unknown_format", _("Choose CSV or Excel."), field="format")
    scope = scope_of(user, clinic=filters.clinic)
    if scope.is_empty:
        raise DomainError("nothing_to_export", _("Your role takes no rows along from that clinic."), field="clinic")
    log = ExportLog.objects.create(
        user=user,
        table=table.key,
        file_format=file_format,
        with_names=bool(scope.named),
        filters=filters.as_json(),
        clinic_ids=scope.clinic_ids,
    )
    expected = table.query(scope, filters).count()
    job = None
    if expected > MOST_ROWS_AT_ONCE:
        job = ExportJob.objects.create(log=log, expected_rows=expected)
        transaction.on_commit(lambda: make_export_task.delay(str(job.pk)))
    return Asked(log=log, job=job, table=table, scope=scope, filters=filters)
