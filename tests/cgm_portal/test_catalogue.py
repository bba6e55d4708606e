"""The catalogue of texts: what is extracted, and that an offered language says everything."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message
from django.conf import settings

from cgm_portal.catalogue import (
    brought_up_to_date,
    languages,
    mo_bytes,
    po_bytes,
    po_path,
    read_catalogue,
    texts_of_the_portal,
    untranslated,
)
from children.growth.settings import DEFAULT_BANNER
from ml_models.reasons import ADVICE

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]|\{(\w*)[^}]*\}")
OFFERED = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def test_texts_of_code_and_templates_are_found():
    said = {message.id: message for message in texts_of_the_portal()}

    assert "templates/_pages.html" in {place for place, _line in said["Previous"].locations}
    assert "accounts/views.py" in {place for place, _line in said["The token is revoked."].locations}
    assert any(isinstance(text, tuple) and "%(n)s resolved alert" in text for text in said)


def test_sentences_of_the_pure_packages_are_in_it():
    """Pages say them by `gettext(sentence)`, which no extraction sees."""
    said = {message.id for message in texts_of_the_portal()}
    banner = {text for rule in DEFAULT_BANNER for text in (rule.condition, rule.action_text)}

    assert {*banner, *ADVICE.values()} <= said


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_says_what_the_portal_says_today(language: str):
    """`python -m cgm_portal.catalogue extract` mends it."""
    assert po_path(language).read_bytes() == po_bytes(brought_up_to_date(language))


@pytest.mark.parametrize("language", languages())
def test_the_compiled_catalogue_is_that_of_the_texts(language: str):
    """`python -m cgm_portal.catalogue compile` mends it."""
    assert po_path(language).with_suffix(".mo").read_bytes() == mo_bytes(read_catalogue(language))


@pytest.mark.parametrize("language", OFFERED)
def test_an_offered_language_is_complete(language: str):
    catalogue = read_catalogue(language)

    assert untranslated(catalogue) == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", languages())
def test_translations_keep_every_placeholder(language: str):
    broken = [message.id for message in read_catalogue(language) if message.id and not _keeps_placeholders(message)]

    assert broken == []


def _keeps_placeholders(message: Message) -> bool:
    ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    wanted = {found.group() for found in PLACEHOLDER.finditer(ids[-1])}
    given = [{found.group() for found in PLACEHOLDER.finditer(text)} for text in strings if text]
    return not given or (given[-1] == wanted and all(found <= wanted for found in given))
