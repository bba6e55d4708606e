"""Every text that people read goes through the catalogue: templates, labels of forms and models, refusals, admin."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.template.base import Lexer, TokenType

from cgm_portal.catalogue import FOLDERS
from cgm_portal.env import BASE_DIR

WORD = re.compile(r"[A-Za-z]{2,}")
# Said alike in every language: units, the standard's owner, samples of the gallery; classes given to a block.
AS_THEY_ARE = {"mm", "cm", "kg", "WHO", "· 2 Nov 2026", "Nov 2026", "narrow", "sign-in"}
SPOKEN = re.compile(r'\b(?:aria-label|alt|title|placeholder|data-label)="([^"]*)"')
# Operators read these, in English: commands, checks at the start, backups, costs, logs, the services of Azure.
FOR_OPERATORS = re.compile(
    r"/(migrations|management|settings|telemetry|backup|costs|azureml|demo)/"
    r"|^children/(growth/|imports?\.|import_files\.)"
    r"|^predictions/(evidence|promotion|registry|training_sets|accuracy|research|backends/|shadow|film_)"
    r"|^accounts/(services|role_claims|signing_keys)\.|^analytics/erasure/ledger\."
    r"|^scans/(blob_|storage\.)|^cgm_portal/(run|local_|processes|supervisor|env|checks)"
)
REFUSALS = {"DomainError", "PermissionDenied", "AuthenticationFailed", "ParseError", "NotFound", "ValidationError"}
SHOWN_KEYWORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "description", "empty_label"}


def test_templates_say_nothing_outside_translate():
    found = {
        str(path.relative_to(BASE_DIR)): texts
        for path in sorted((BASE_DIR / "templates").rglob("*.html"))
        if (texts := sorted(set(_bare_texts(path.read_text(encoding="utf-8"))) - AS_THEY_ARE))
    }

    assert found == {}


def test_refusals_labels_and_names_go_through_gettext():
    found = {}
    for folder in FOLDERS:
        for path in sorted((BASE_DIR / folder).rglob("*.py")):
            name = str(path.relative_to(BASE_DIR))
            if not FOR_OPERATORS.search(name) and (texts := sorted(_bare_literals(path))):
                found[name] = texts

    assert found == {}


def _bare_texts(source: str) -> Iterator[str]:
    """Yield words of text and of spoken attributes that stand in no translate tag."""
    kept, is_inside = [], False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            tag = token.contents.split()[0]
            is_inside = (is_inside or tag in {"blocktranslate", "comment"}) and tag not in {
                "endblocktranslate",
                "endcomment",
            }
        if token.token_type == TokenType.TEXT and not is_inside:
            kept.append(token.contents)
        elif token.token_type != TokenType.TEXT:
            kept.append("\0")
    text = "".join(kept)
    yield from (part.strip() for found in SPOKEN.findall(text) for part in found.split("\0") if WORD.search(part))
    # A tag may hold template tags: what is left of it begins or ends at one.
    visible = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^<>]*>", "\n", text, flags=re.DOTALL)
    yield from (part.strip() for part in re.split(r"[\0\n]", visible) if WORD.search(part))


def _bare_literals(path: Path) -> Iterator[str]:
    """Yield sentences in refusals and words in labels that are no call of gettext."""
    is_api_document = "serializers" in path.name or "api" in path.stem.split("_") or "api" in path.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in REFUSALS:
            told = node.args[1:2] if name == "DomainError" else node.args[:1]
        elif is_api_document or name in {"extend_schema", "OpenApiParameter", "add_argument", "field", "Setting"}:
            continue  # the API document is for programmers
        else:
            told = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN_KEYWORDS]
        for text in told:
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and WORD.search(text.value):
                yield text.value
            elif isinstance(text, ast.JoinedStr) and any(
                isinstance(part, ast.Constant) and WORD.search(str(part.value)) for part in text.values
            ):
                yield ast.unparse(text)
