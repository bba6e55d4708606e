"""Rows to take along as files: choose, download or wait for a link, and see who took what."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Clinic
from accounts.views import PrivatePage
from analytics.exports.asking import Asked, ask_for_export
from analytics.exports.layouts import TABLES
from analytics.exports.making import exports_storage, streamed_csv, xlsx_file
from analytics.exports.models import ExportJob, ExportLog
from analytics.exports.scope import Filters, clinics_to_choose, logs_for, scope_of
from analytics.exports.writers import CSV_TYPE, XLSX_TYPE
from cgm_portal.errors import DomainError

SHOWN_JOBS, SHOWN_LOGS = 10, 50
TYPES = {ExportLog.Format.CSV: CSV_TYPE, ExportLog.Format.XLSX: XLSX_TYPE}
WORDS: dict[str, Promise] = {
    "children": gettext_lazy("Children"),
    "visits": gettext_lazy("Visits, with z-scores and classes"),
    "visits_who_anthro": gettext_lazy("Visits for WHO Anthro (MUAC in cm)"),
    "visits_ena": gettext_lazy("Visits for ENA for SMART (MUAC in mm)"),
    "visits_import": gettext_lazy("Visits to import again"),
    "alerts": gettext_lazy("Alerts"),
    "follow_ups": gettext_lazy("Follow-ups"),
    "programme_prevalence_overview": gettext_lazy("Programme: all indicators"),
    "programme_prevalence_month": gettext_lazy("Programme: prevalence by month"),
    "programme_prevalence_age_group": gettext_lazy("Programme: prevalence by age"),
    "programme_prevalence_sex": gettext_lazy("Programme: prevalence by sex"),
    "programme_prevalence_clinic": gettext_lazy("Programme: prevalence by clinic"),
    "programme_prevalence_area": gettext_lazy("Programme: prevalence by area"),
    "programme_prevalence_screenings": gettext_lazy("Programme: screenings by month"),
    "programme_criteria_regions": gettext_lazy("Programme: found by which criteria"),
    "programme_criteria_pairs": gettext_lazy("Programme: which criterion finds whom"),
    "programme_cases_steps": gettext_lazy("Programme: from screening to recovery"),
    "programme_cases_clinics": gettext_lazy("Programme: cases and care by clinic"),
    "programme_quality_measurers": gettext_lazy("Programme: quality by measurer"),
    "model_yield": gettext_lazy("Scans: yield by month"),
    "model_accuracy": gettext_lazy("Scans: accuracy"),
    "kpis": gettext_lazy("Key figures"),
}


class ExportsPage(PrivatePage):
    """What can be taken along, my files in the making, and the log."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it; the files alone while one is being made."""
        jobs = list(ExportJob.objects.filter(log__user=request.user).select_related("log")[:SHOWN_JOBS])
        context: dict[str, Any] = {"jobs": [_job_words(job) for job in jobs]}
        context["under_way"] = any(job.is_under_way for job in jobs)
        if request.htmx.target == "export-jobs":
            return render(request, "analytics/_export_jobs.html", context)
        logs = ExportLog.objects.filter(logs_for(request.user)).select_related("user").distinct()[:SHOWN_LOGS]
        clinics = {clinic.pk: clinic.name for clinic in Clinic.objects.filter(pk__in=_clinics_named_in(logs))}
        context |= {
            "tables": [(key, WORDS[key]) for key in TABLES] if not scope_of(request.user).is_empty else [],
            "clinics": clinics_to_choose(request.user),
            "formats": ExportLog.Format.choices,
            "logs": [_log_words(log, clinics) for log in logs],
        }
        return render(request, "analytics/exports.html", context)


class ExportFile(PrivatePage):
    """One export: its file at once, or a job and back to the page. Filters are in the address."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the file; 404 for people who take no rows along."""
        if scope_of(request.user).is_empty:
            raise Http404
        table_key, file_format = request.GET.get("table", ""), request.GET.get("format", "csv")
        try:
            asked = ask_for_export(
                user=request.user, table_key=table_key, file_format=file_format, filters=filters_in(request)
            )
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("exports")
        if asked.job is not None:
            messages.info(request, _("This is a large file. It is being made; its link appears below."))
            return redirect("exports")
        return _answer_at_once(asked, bom=request.GET.get("bom") != "no")


class ExportJobFile(PrivatePage):
    """A file made in the background: for whoever asked for it, until the link ends."""

    def get(self, request: HttpRequest, job_id: UUID) -> HttpResponseBase:
        """Answer with the file; 410 once the link has ended."""
        mine = ExportJob.objects.filter(log__user=request.user).select_related("log")
        job = get_object_or_404(mine, pk=job_id)
        # A role that ended takes the link with it.
        still = scope_of(request.user)
        if not set(job.log.clinic_ids) <= set(still.clinic_ids) or (job.log.with_names and not still.named):
            raise Http404
        if not job.is_open(timezone.now()):
            return render(request, "analytics/export_ended.html", status=410)
        name = _file_name(job.log)
        return FileResponse(
            exports_storage().open(job.file_name),
            as_attachment=True,
            filename=name,
            content_type=TYPES[ExportLog.Format(job.log.file_format)],
        )


def filters_in(request: HttpRequest) -> Filters:
    """Return the filters of the address. Raises DomainError: `not_a_date`, `unknown_clinic`."""
    return Filters(
        clinic=_clinic(request.GET.get("clinic", "")),
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", "")),
    )


def _clinic(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise DomainError("unknown_clinic", _("There is no such clinic."), field="clinic") from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise DomainError("not_a_date", _("Give days such as 2026-01-31."), field="since") from error


def _answer_at_once(asked: Asked, *, bom: bool) -> HttpResponseBase:
    name = _file_name(asked.log)
    if asked.log.file_format == ExportLog.Format.XLSX:
        content = xlsx_file(asked.log, asked.table, asked.scope, asked.filters)
        return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    pieces = streamed_csv(asked.log, asked.table, asked.scope, asked.filters, bom=bom)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(pieces, content_type=CSV_TYPE, headers=headers)


def _file_name(log: ExportLog) -> str:
    return f"{log.table}-{timezone.localdate(log.started_at).isoformat()}.{log.file_format}"


def _job_words(job: ExportJob) -> dict[str, object]:
    is_open = job.is_open(timezone.now())
    levels = {"failed": "critical", "ready": "none" if is_open else "unknown"}
    word = job.get_state_display() if is_open or job.state != job.State.READY else _("Link ended")
    return {
        "job": job,
        "what": WORDS.get(job.log.table, job.log.table),
        "word": word,
        "level": levels.get(job.state, "low" if job.is_under_way else "unknown"),
        "is_open": is_open,
    }


def _clinics_named_in(logs: Any) -> set[UUID]:
    return {UUID(log.filters["clinic"]) for log in logs if log.filters.get("clinic")}


def _log_words(log: ExportLog, clinics: dict[UUID, str]) -> dict[str, object]:
    clinic = log.filters.get("clinic")
    return {
        "log": log,
        "what": WORDS.get(log.table, log.table),
        "clinic": clinics.get(UUID(clinic), "") if clinic else _("all clinics"),
        "since": _day(log.filters.get("since", "")),
        "until": _day(log.filters.get("until", "")),
    }
