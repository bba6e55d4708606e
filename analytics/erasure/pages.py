"""Pages of erasure: ask for it, decide on it, and the receipt."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.access import may_supervise, supervised_clinics_of
from accounts.views import ActionView, PrivatePage
from analytics.erasure.scopes import DECLARED
from analytics.erasure.service import execute_request
from analytics.erasure.words import lines_of, words_of
from analytics.selectors import child_for
from cgm_portal.errors import DomainError
from children.erasure_requests import decline_erasure, request_erasure
from children.erasure_rows import rows_of
from children.models import Child, ErasureRecord, ErasureRequest

SHOWN_RECORDS = 50


class ErasePage(PrivatePage):
    """Erase one child: what would go; the wish (every worker), then the decision (supervisors)."""

    def get(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Show what there is and who must decide."""
        return self._page(request, child_for(request.user, child_id))

    def post(self, request: HttpRequest, child_id: UUID) -> HttpResponse:
        """Record the wish; a supervisor who has typed the child's code executes it in the same step."""
        child = child_for(request.user, child_id)
        decides = "execute" in request.POST
        if decides and request.POST.get("code", "").strip().upper() != child.code:
            refusal = _("Type the code of the child, %(code)s, to confirm.") % {"code": child.code}
            return self._page(request, child, refusal=refusal, status=422)
        try:
            wish = request_erasure(child=child, requested_by=request.user, why=ErasureRequest.Why.GUARDIAN_REQUEST)
            if not decides:
                messages.success(request, _("The request is recorded. A supervisor decides on it."))
                return redirect("erase_child", child.pk)
            record = execute_request(request=wish, executed_by=request.user)
        except DomainError as error:
            return self._page(request, child, refusal=error.message, status=422)
        return redirect("erasure_receipt", record.pk)

    def _page(self, request: HttpRequest, child: Child, *, refusal: str = "", status: int = 200) -> HttpResponse:
        counts = {model._meta.db_table: len(keys) for model, keys in rows_of(child.pk, DECLARED).items() if keys}
        context = {
            "child": child,
            "lines": lines_of(counts),
            "law": child.clinic.programme.care_record_kept_by_law,
            "wish": ErasureRequest.objects.open().filter(child=child).select_related("requested_by").first(),
            "may_supervise": may_supervise(request.user, child.clinic_id),
            "refusal": refusal,
        }
        return render(request, "analytics/erasure.html", context, status=status)


class DeclineErasure(ActionView):
    """Keep the record: the request was a mistake (supervisors)."""

    def act(self, *, request_id: UUID) -> str:
        """Decline it."""
        wish = get_object_or_404(ErasureRequest.objects.visible_to(self.request.user), pk=request_id)
        reason = self.request.POST.get("reason", "").replace("\x00", "")[:500]
        decline_erasure(request=wish, declined_by=self.request.user, reason=reason)
        return _("The record is kept. Ask the guardian anew for every consent.")

    def url_after(self) -> str:
        """To the list."""
        return reverse("erasures")


class ErasureList(PrivatePage):
    """Requests that wait in my clinics, and the receipts of what was erased."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show both."""
        waiting = ErasureRequest.objects.visible_to(request.user).open().order_by("requested_at")
        context = {
            "waiting": waiting.select_related("child__clinic", "requested_by"),
            "supervised": set(supervised_clinics_of(request.user).values_list("pk", flat=True)),
            "records": ErasureRecord.objects.visible_to(request.user)[:SHOWN_RECORDS],
        }
        return render(request, "analytics/erasures.html", context)


class ReceiptPage(PrivatePage):
    """What was erased, when, and what stays: to show and to print for the guardian."""

    def get(self, request: HttpRequest, record_id: UUID) -> HttpResponse:
        """Show it."""
        record = get_object_or_404(ErasureRecord.objects.visible_to(request.user), pk=record_id)
        return render(request, "analytics/erasure_receipt.html", {"receipt": words_of(record)})
