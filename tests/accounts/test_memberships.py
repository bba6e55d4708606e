"""What the database itself refuses in a membership."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Membership, Programme, Role


def test_a_clinic_of_another_programme_is_refused(clinic, make_user):
    other = Programme.objects.create(name="Another programme", country="UG")

    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=make_user("amal"), programme=other, clinic=clinic, role=Role.SUPERVISOR)


@pytest.mark.parametrize("role", [Role.HEALTH_WORKER, Role.SUPERVISOR])
def test_a_clinic_role_without_a_clinic_is_refused(programme, make_user, role):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=make_user("amal"), programme=programme, role=role)


def test_a_programme_role_with_a_clinic_is_refused(programme, clinic, make_user):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=make_user("amal"), programme=programme, clinic=clinic, role=Role.PARTNER)
