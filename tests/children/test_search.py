"""Finding a child: by code, by name however it is written, by guardian and phone, and from the card."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from children.models import Child, SearchEntry
from children.registration import GuardianDetails, update_child
from children.search_words import folded, near_keys, sound_of, typed_code, typed_phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def search(client, health_worker):
    """Return a function that answers with the names found and whether they are only nearly the same."""
    client.force_login(health_worker)

    def find(text):
        context = client.get(reverse("children:list"), {"q": text}).context
        return [child.name for child in context["children"]], context["are_similar"]

    return find


@pytest.mark.parametrize(("text", "plain"), [("Élodie-Anne", "elodie anne"), ("N’Guessan", "nguessan"), ("Øst", "ost")])
def test_words_are_folded(text, plain):
    assert folded(text) == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mohamed", "muhammad"),
        ("aisha", "aicha"),
        ("yusuf", "youssouf"),
        ("khadija", "kadidja"),
        ("zawadi", "sawady"),
        ("halima", "hlaima"),  # two letters swapped
        ("baraka", "barka"),
        ("baraka", "baracka"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert near_keys(one) & near_keys(other)


@pytest.mark.parametrize(("one", "other"), [("mohamed", "zawadi"), ("amina", "halima"), ("ali", "ala")])
def test_other_names_share_none(one, other):
    assert not near_keys(one) & near_keys(other)


def test_a_name_of_one_consonant_has_no_sound():
    assert sound_of("issa") == ""


@pytest.mark.parametrize("typed", ["K7Q2-9XRM", "k7q29xrm", " k7q2 9xrm ", "K7Q2\u20119XRM"])
def test_a_code_is_read_however_it_is_typed(typed):
    assert typed_code(typed) == "K7Q2-9XRM"


@pytest.mark.parametrize(
    ("typed", "digits"), [("+254 700-000 000", "254700000000"), ("0700 000000", "700000000"), ("Amina", ""), ("12", "")]
)
def test_a_phone_number_is_read_however_it_is_typed(typed, digits):
    assert typed_phone(typed) == digits


def test_a_code_is_found_with_and_without_hyphen(search, child, make_child):
    make_child(name="Other Child")

    for typed in (child.code, child.code.replace("-", ""), child.code.lower(), child.code.replace("-", " ")):
        assert search(typed) == ([child.name], False)


@pytest.mark.parametrize("typed", ["elodie", "ÉLODIE", "kone elo", "0711 222 333", "+254711222333", "mere-anne"])
def test_accents_guardians_and_phones_are_found(search, make_child, typed):
    child = make_child(name="Élodie Koné")
    guardian = GuardianDetails(name="Mère Anne", phone="+254 711 222 333")
    update_child(child=child, changes={}, changed_by=child.registered_by, guardian=guardian)
    make_child(name="Other Child")

    assert search(typed) == (["Élodie Koné"], False)


def test_where_no_name_is_written_so_the_nearest_are_offered_first(search, make_child):
    for name in ("Baraka Mwangi", "Mohammad Otieno", "Mahmoud Said", "Muhamed Ali"):
        make_child(name=name)

    found, are_similar = search("Muhammed")

    assert are_similar
    assert found == ["Muhamed Ali", "Mohammad Otieno", "Mahmoud Said"]


def test_a_name_as_written_is_never_mixed_with_the_nearly_same(search, make_child):
    make_child(name="Mohamed Ali")
    make_child(name="Muhammad Otieno")

    assert search("mohamed") == (["Mohamed Ali"], False)


def test_a_misspelt_name_is_not_found_in_another_clinic(search, make_child, other_clinic, outsider):
    make_child(name="Mohamed Ali", clinic=other_clinic, registered_by=outsider)

    assert search("Muhamad") == ([], False)


def test_a_changed_name_is_found_and_the_old_one_no_longer(search, child):
    update_child(child=child, changes={"name": "Zawadi Achieng"}, changed_by=child.registered_by)

    assert search("zawadi")[0] == ["Zawadi Achieng"]
    assert search("amina") == ([], False)


def test_signs_of_a_pattern_are_taken_as_they_are(search, child):
    assert search("%") == ([], False)
    assert search("a_ina") == search("a ina")  # a sign divides words as a blank does


def test_the_migration_writes_the_entries_of_children_registered_before(child):
    before = SearchEntry.objects.values().get(pk=child.pk)
    SearchEntry.objects.all().delete()

    with connection.schema_editor() as editor:
        import_module("children.migrations.0005_search_entries").fill(apps, editor)

    assert SearchEntry.objects.values().get() == before


@pytest.mark.parametrize("typed", [str.lower, str, lambda code: code.replace("-", "")])
def test_the_address_on_the_card_leads_to_the_child(client, health_worker, child, typed):
    client.force_login(health_worker)

    answer = client.get(reverse("children:by_code", args=[typed(child.code)]))

    assert answer.url == reverse("child", args=[child.pk])


def test_the_address_on_the_card_shows_nothing_to_others(client, child, outsider):
    url = reverse("children:by_code", args=[child.code])

    assert url == f"/c/{child.code}"
    assert client.get(url).url.startswith("/accounts/")
    client.force_login(outsider)
    assert client.get(url).status_code == 404
    unknown = next(code for code in ("AAAA-AAAA", "BBBB-BBBB") if not Child.objects.filter(code=code).exists())
    assert client.get(reverse("children:by_code", args=[unknown])).status_code == 404
