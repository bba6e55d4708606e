"""The catalogue of texts below `locale/`: `python -m cgm_portal.catalogue extract|compile`.

`extract` brings each language's `django.po` up to what code and templates say today; nothing is guessed for a new
text, it stays empty until somebody translates it. `compile` writes the `django.mo` that the portal reads. Both need
Babel alone (requirements-dev.txt), no gettext programs.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from cgm_portal.env import BASE_DIR

DOMAIN = "django"
LINE_WIDTH = 120
FOLDERS = ("accounts", "analytics", "care", "cgm_portal", "children", "predictions", "scans", "templates")
KEYWORDS = {
    "_": None,
    "_now": None,  # gettext, where `_` is its lazy kin
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

# Sentences of packages that know no Django, by the tables that hold them; pages say them by `gettext(sentence)`.
TABLES = {
    "children/growth/settings.py": ("DEFAULT_BANNER", "_MEASURE", "_REWEIGH"),
    "ml_models/reasons.py": ("ADVICE",),
}


def languages() -> list[str]:
    """Return the languages that have a catalogue, by code."""
    return sorted(path.parent.parent.name for path in (BASE_DIR / "locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def po_path(language: str) -> Path:
    """Return where the texts of `language` are written by people."""
    return BASE_DIR / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(language: str) -> Catalog:
    """Read the texts of `language`."""
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


def texts_of_the_portal() -> Catalog:
    """Return every text that code and templates mark for translation, with the files where it is said."""
    catalogue = Catalog(project="Child Growth Monitor", charset="utf-8")
    for path in _sources():
        where = str(path.relative_to(BASE_DIR))
        for _line, message, comments, context in extract(
            "python", io.BytesIO(_as_python(path)), keywords=KEYWORDS, comment_tags=("Translators:",)
        ):
            catalogue.add(message, locations=[(where, None)], auto_comments=comments, context=context)
    for where, names in TABLES.items():
        for sentence in _sentences_of(BASE_DIR / where, names):
            catalogue.add(sentence, locations=[(where, None)])
    return catalogue


def brought_up_to_date(language: str) -> Catalog:
    """Return the catalogue of `language` with today's texts: new ones empty, those said no more left out."""
    catalogue = read_catalogue(language)
    first_made = catalogue.creation_date
    catalogue.update(texts_of_the_portal(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.creation_date = first_made  # the same texts give the same file
    return catalogue


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as the text of a .po file, the same for the same texts."""
    out = io.BytesIO()
    write_po(out, catalogue, width=LINE_WIDTH, sort_output=True, omit_header=False, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as the .mo file that the portal reads; texts without a translation are left out."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main(arguments: list[str]) -> None:
    """Run one of the two words of the command line."""
    parser = argparse.ArgumentParser(prog="python -m cgm_portal.catalogue", description=__doc__)
    parser.add_argument("word", choices=("extract", "compile"))
    word = parser.parse_args(arguments).word
    for language in languages():
        catalogue = brought_up_to_date(language) if word == "extract" else read_catalogue(language)
        if word == "extract":
            po_path(language).write_bytes(po_bytes(catalogue))
        else:
            po_path(language).with_suffix(".mo").write_bytes(mo_bytes(catalogue))
        sys.stdout.write(f"{language}: {len(catalogue)} texts, {len(untranslated(catalogue))} without a translation\n")


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the texts that have no translation, or not one for every plural form."""
    return [str(message.id) for message in catalogue if message.id and not _is_complete(message.string)]


def _is_complete(string: str | tuple[str, ...] | list[str]) -> bool:
    return all(string) if isinstance(string, (tuple, list)) else bool(string)


def _sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((BASE_DIR / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def _sentences_of(path: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts in the assignments of a module to `names`, read without importing it."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        said = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
        if said & set(names):
            yield from (
                part.value
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def _as_python(path: Path) -> bytes:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text.encode()
    # Django blanks out what is not a text; without indentation the rest reads as Python, line by line.
    lines = templatize(text, origin=str(path)).splitlines()
    return "\n".join(line.strip() for line in lines).encode()


if __name__ == "__main__":
    main(sys.argv[1:])
