"""Files of exports that may hold an erased child end at once.

A file does not say which children are in it: every file with rows of the child's programme goes, and whoever needs it
asks for it anew. What was downloaded before is outside the portal; the log names who has it.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from accounts.models import Clinic
from analytics.exports.models import ExportJob

State = ExportJob.State


def withdraw_files(clinic_id: UUID) -> int:
    """End the links of files with rows of this clinic's programme, and jobs under way; return how many.

    The files are deleted by the next sweep (`making.delete_ended_files`). Runs in the caller's transaction.
    """
    programme = Clinic.objects.filter(pk=clinic_id).values("programme_id")
    clinics = list(Clinic.objects.filter(programme__in=programme).values_list("pk", flat=True))
    live = Q(state__in=(State.QUEUED, State.RUNNING, State.READY), log__clinic_ids__overlap=clinics)
    return ExportJob.objects.filter(live).update(state=State.WITHDRAWN)
