"""The form that takes a scan. The session's own page shows several apps and is in `analytics.pages.session`."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.views import PrivatePage
from cgm_portal.errors import DomainError
from children.models import Child
from scans.advice import advice_on
from scans.facts import was_lying
from scans.forms import ScanForm
from scans.models import ScanSession
from scans.services import attach_video, live_scan_consent, start_session, submit_session


class NewScanView(PrivatePage):
    """Take a scan of a child: facts and films in one form, sent with a progress bar where there is JavaScript."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """The form, or the plain word that the consent is missing."""
        child = self._child(request, child_id)
        earlier = self._earlier(request, child)
        facts = self._last_facts(child) if earlier is None else ScanForm.facts_of(earlier)
        return self._page(request, child, ScanForm(child=child, initial=facts))

    def post(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Store the session and its films and submit it; sent twice, it is one session."""
        child = self._child(request, child_id)
        form = ScanForm(request.POST, request.FILES, child=child)
        if form.is_valid():
            try:
                session = start_session(
                    child=child,
                    started_by=request.user,
                    facts=form.facts(),
                    session_id=form.cleaned_data["session_id"],
                )
                if session.state == ScanSession.State.UPLOADING:
                    for scan_type, film in form.films():
                        attach_video(session=session, scan_type=scan_type, upload=film)
                    submit_session(session=session)
            except DomainError as error:
                form.refuse(error)
            else:
                return redirect("scan_session", session.pk)
        return self._page(request, child, form, status=422)

    def _child(self, request: HttpRequest, child_id: UUID) -> Child:
        return get_object_or_404(
            Child.objects.visible_to(request.user).select_related("clinic__programme"), pk=child_id
        )

    def _last_facts(self, child: Child) -> dict[str, object]:
        """Return what seldom changes between scans of one clinic's phone: its model."""
        last = ScanSession.objects.filter(child__clinic_id=child.clinic_id).exclude(phone_model="").first()
        return {} if last is None else {"phone_model": last.phone_model}

    def _earlier(self, request: HttpRequest, child: Child) -> ScanSession | None:
        """Return the session that is filmed again: `?again=` names one of this child's."""
        try:
            again = UUID(request.GET.get("again", ""))
        except ValueError:
            return None
        return ScanSession.objects.filter(child=child, pk=again).prefetch_related("videos").first()

    def _page(self, request: HttpRequest, child: Child, form: ScanForm, *, status: int = 200) -> HttpResponse:
        context = {"child": child, "form": form, "consent": live_scan_consent(child)}
        earlier = self._earlier(request, child)
        if earlier is not None and earlier.reason:
            context["advice"] = advice_on(earlier.reason, lying=was_lying(earlier))
        return render(request, "scans/new.html", context, status=status)
