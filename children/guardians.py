"""Adds and corrects those who answer for a child."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import may_record_in
from accounts.models import User
from cgm_portal.errors import DomainError
from children.models import Child, Guardian
from children.registration import GuardianDetails, clean_name
from children.search_index import index_child
from children.services import lock_child


@transaction.atomic
def store_guardian(
    *, child: Child, details: GuardianDetails, stored_by: User, guardian: Guardian | None = None
) -> Guardian:
    """Store a further guardian of `child`, or what is right in the place of `guardian`; the audit keeps the old words.

    The same guardian sent twice is one. Raises DomainError: `not_your_clinic`, `name_missing`.
    """
    child = lock_child(child.pk)
    if not may_record_in(stored_by, child.clinic_id):
        raise DomainError("not_your_clinic", _("You do not record for this child's clinic."))
    words = {"name": clean_name(details.name), "relation": details.relation, "phone": details.phone}
    if not words["name"]:
        raise DomainError("name_missing", _("Give the guardian's name."), field="name")
    if guardian is None:
        guardian, _is_new = Guardian.objects.get_or_create(child=child, **words)
    else:
        for name, value in words.items():
            setattr(guardian, name, value)
        guardian.save(update_fields=list(words))
    index_child(child)
    return guardian
