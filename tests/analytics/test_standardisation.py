"""Standardisation tests: from the grid of readings to the certificate, whose they are, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Clinic, Role, User
from accounts.standardisation import (
    ReadValues,
    add_measurer,
    save_readings,
    staff_to_test,
    standardisations_held_by,
    start_test,
)
from accounts.standardisation_models import StandardisationCertificate, StandardisationSheet, StandardisationTest
from analytics.standardisation.results import close_with_certificates, results_of
from cgm_portal.errors import DomainError
from children.growth.survey.standardisation import Grade, Quantity

pytestmark = pytest.mark.django_db


def readings(*, shift_cm: str = "0", apart_cm: str = "0.2", children: int = 10) -> dict[tuple[int, int], ReadValues]:
    """Ten children read twice; the second reading of length lies `apart_cm` above the first."""
    return {
        (number, turn): ReadValues(
            weight_kg=Decimal("9.1") + number,
            length_height_cm=Decimal(70 + number) + Decimal(shift_cm) + (Decimal(apart_cm) if turn == 2 else 0),
            muac_mm=Decimal(130 + number),
        )
        for number in range(1, children + 1)
        for turn in (1, 2)
    }


@pytest.fixture
def held(clinic: Clinic, supervisor: User) -> StandardisationTest:
    """A test with the supervisor's readings as reference."""
    test = start_test(clinic=clinic, held_on=timezone.localdate(), reference=supervisor, held_by=supervisor)
    save_readings(sheet=test.sheets.get(), readings=readings(), saved_by=supervisor)
    return test


def sheet_of(test: StandardisationTest, measurer: User, **how: object) -> StandardisationSheet:
    sheet = add_measurer(test=test, measurer=measurer, added_by=test.held_by)
    save_readings(sheet=sheet, readings=readings(**how), saved_by=test.held_by)
    return sheet


def test_who_passes_has_a_certificate_for_a_year(held: StandardisationTest, health_worker: User, supervisor: User):
    sheet_of(held, health_worker, shift_cm="0.3")

    certificates = close_with_certificates(test=held, closed_by=supervisor)

    assert {certificate.user for certificate in certificates} == {health_worker, supervisor}
    today = timezone.localdate()
    mine = StandardisationCertificate.objects.filter(user=health_worker)
    assert [mine.valid_on(today + timedelta(days=days)).count() for days in (-1, 0, 365, 366)] == [0, 1, 1, 0]


@pytest.mark.parametrize(("how", "grade"), [({"shift_cm": "1.0"}, "bias_grade"), ({"apart_cm": "1.2"}, "tem_grade")])
def test_who_measures_wrong_or_unsteadily_has_none(
    held: StandardisationTest, health_worker: User, supervisor: User, how: dict[str, str], grade: str
):
    sheet_of(held, health_worker, **how)

    certificates = close_with_certificates(test=held, closed_by=supervisor)

    length = results_of(held)[1].results[Quantity.LENGTH_HEIGHT]
    assert length is not None
    assert getattr(length, grade) is Grade.POOR
    assert [certificate.user for certificate in certificates] == [supervisor]


def test_missing_readings_give_no_verdict(held: StandardisationTest, health_worker: User, supervisor: User):
    sheet_of(held, health_worker, children=9)

    result = results_of(held)[1]

    assert (result.passes, result.read, result.wanted) == (None, 54, 60)
    assert health_worker not in {c.user for c in close_with_certificates(test=held, closed_by=supervisor)}


def test_an_unsteady_reference_certifies_nobody(held: StandardisationTest, supervisor: User):
    save_readings(sheet=held.sheets.get(), readings=readings(apart_cm="1.6"), saved_by=supervisor)

    with pytest.raises(DomainError) as refused:
        close_with_certificates(test=held, closed_by=supervisor)

    assert refused.value.code == "reference_not_precise"
    assert not StandardisationCertificate.objects.exists()


def test_a_closed_test_stands(held: StandardisationTest, supervisor: User, health_worker: User):
    close_with_certificates(test=held, closed_by=supervisor)

    refused = []
    for act in (
        lambda: save_readings(sheet=held.sheets.get(), readings={}, saved_by=supervisor),
        lambda: add_measurer(test=held, measurer=health_worker, added_by=supervisor),
        lambda: close_with_certificates(test=held, closed_by=supervisor),
    ):
        with pytest.raises(DomainError) as error:
            act()
        refused.append(error.value.code)

    assert refused == ["test_closed"] * 3
    assert held.sheets.get().readings.count() == 20


def test_tests_are_of_ones_own_clinics(
    held: StandardisationTest, make_user: Callable[..., User], other_clinic: Clinic, outsider: User
):
    other = make_user("other_supervisor", Role.SUPERVISOR, other_clinic)
    administrator = make_user("administrator", Role.ADMINISTRATOR)

    assert not standardisations_held_by(other).exists()
    assert standardisations_held_by(administrator).get() == held
    assert set(staff_to_test(other)) == {other, outsider}
    with pytest.raises(DomainError) as refused:
        add_measurer(test=held, measurer=outsider, added_by=other)
    assert refused.value.code == "not_your_clinic"
    with pytest.raises(DomainError) as refused:
        add_measurer(test=held, measurer=outsider, added_by=held.held_by)
    assert refused.value.code == "not_of_your_staff"


def test_the_pages_lead_from_a_new_test_to_the_certificate(
    client: Client, clinic: Clinic, supervisor: User, health_worker: User
):
    client.force_login(supervisor)
    asked = {"clinic": clinic.pk, "held_on": timezone.localdate().isoformat(), "reference": supervisor.pk}
    test_page = client.post(reverse("standardisation"), asked).url
    test = StandardisationTest.objects.get()
    client.post(test_page, {"measurer": str(health_worker.pk)})
    for sheet in test.sheets.all():
        grid = {
            f"{name}-{number}-{turn}": str(getattr(values, name))
            for (number, turn), values in readings().items()
            for name in ("weight_kg", "length_height_cm", "muac_mm")
        }
        assert client.post(reverse("standardisation_sheet", args=[sheet.pk]), grid).status_code == 302
    shown = client.get(test_page).content.decode()
    assert shown.count("passed") >= 2

    client.post(reverse("close_standardisation", args=[test.pk]))

    certificate = StandardisationCertificate.objects.get(user=health_worker)
    address = reverse("standardisation_certificate", args=[certificate.pk])
    client.force_login(health_worker)
    assert "Certificate of standardised measuring" in client.get(address).content.decode()
    assert client.get(test_page).status_code == 403


def test_impossible_readings_are_refused_in_their_cell(client: Client, held: StandardisationTest, supervisor: User):
    client.force_login(supervisor)
    sheet = held.sheets.get()

    answer = client.post(reverse("standardisation_sheet", args=[sheet.pk]), {"muac_mm-1-1": "14.1"})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["muac_mm-1-1"]
    assert sheet.readings.count() == 20


def test_others_find_no_test_and_no_certificate(
    client: Client, held: StandardisationTest, supervisor: User, make_user: Callable[..., User], other_clinic: Clinic
):
    certificate = close_with_certificates(test=held, closed_by=supervisor)[0]
    client.force_login(make_user("other_supervisor", Role.SUPERVISOR, other_clinic))

    statuses = [
        client.get(reverse("standardisation_test", args=[held.pk])).status_code,
        client.get(reverse("standardisation_sheet", args=[held.sheets.get().pk])).status_code,
        client.post(reverse("close_standardisation", args=[held.pk])).status_code,
        client.get(reverse("standardisation_certificate", args=[certificate.pk])).status_code,
    ]

    assert statuses == [404] * 4


def test_the_list_makes_the_same_queries_for_many_tests(
    client: Client, held: StandardisationTest, supervisor: User, clinic: Clinic, django_assert_max_num_queries
):
    for _number in range(5):
        start_test(clinic=clinic, held_on=timezone.localdate(), reference=supervisor, held_by=supervisor)
    client.force_login(supervisor)
    client.get(reverse("standardisation"))

    with django_assert_max_num_queries(18):
        client.get(reverse("standardisation"))
