"""What the documents tell people to type exists, and the numbers that they print are those of the calculator."""

from __future__ import annotations

import argparse
import importlib.util
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from cgm_portal.costs.assumptions import SIZES, Assumptions
from cgm_portal.costs.bill import monthly_bill
from cgm_portal.costs.capacity import needed_capacity
from cgm_portal.costs.prices import load_prices

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OURS = [ROOT / "docs" / name for name in ("operations.md", "disaster_recovery.md")]
# A command and what follows it in the same span or line of code, without comments.
COMMAND = re.compile(r"manage\.py ([a-z_]+)([^`#\n]*)")
MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
FOLDERS = "cgm_portal|deploy|docs|tests|benchmarks|analytics|ml_models"
PATHS = re.compile(rf"`((?:{FOLDERS})/[\w/.-]+)`")


def named_in(pattern: re.Pattern[str], documents: list[Path]) -> list[tuple[str, str, str]]:
    """Return (document, first group, rest) of every match."""
    found = []
    for document in documents:
        for match in pattern.finditer(document.read_text(encoding="utf-8")):
            found.append((document.name, match[1], match[2] if pattern.groups > 1 else ""))
    return found


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the options that a parser and its words take."""
    options = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word in action.choices.values():
                options |= options_of(word)
    return options


def test_every_command_that_a_document_names_exists_with_its_options():
    commands = get_commands()
    unknown = []
    for document, name, rest in named_in(COMMAND, DOCUMENTS):
        if name not in commands:
            unknown.append((document, name))
            continue
        app = commands[name]
        command = load_command_class(app, name) if isinstance(app, str) else app
        taken = options_of(command.create_parser("manage.py", name))
        unknown += [(document, name, option) for option in OPTION.findall(rest) if option not in taken]

    assert not unknown


def test_every_make_word_that_a_document_names_exists():
    words = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {(document, word) for document, word, _rest in named_in(MAKE, DOCUMENTS)}

    assert named
    assert not {(document, word) for document, word in named if word not in words}


def test_every_file_and_module_that_the_runbooks_name_exists():
    files = {path for _document, path, _rest in named_in(PATHS, OURS)}
    modules = {module for _document, module, _rest in named_in(re.compile(r"python -m ([\w.]+)"), OURS)}

    assert "deploy/azure-pipelines.yml" in files
    assert not {path for path in files if not (ROOT / path).exists()}
    assert modules
    assert not {module for module in modules if importlib.util.find_spec(module) is None}


def test_every_runbook_of_the_plan_is_there_and_says_when_it_is_over():
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    runbooks = text.split("## Runbooks")[1].split("## Not tried")[0].split("\n### ")[1:]

    titles = [runbook.splitlines()[0] for runbook in runbooks]
    assert titles == [
        "Deploy",
        "Roll back",
        "Rotate keys",
        "The model endpoint is down",
        "The queue grows",
        "A backup fails",
        "Restore",
        "Breach",
    ]
    assert [title for title, runbook in zip(titles, runbooks, strict=True) if "Over: " not in runbook] == []


def test_settings_and_codes_of_the_backup_page_are_those_of_the_program():
    text = OURS[1].read_text(encoding="utf-8")
    source = "".join(path.read_text() for path in (ROOT / "cgm_portal" / "backup").rglob("*.py"))
    codes = re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text.split("| code |")[1].split("**Erased children.**")[0])

    assert len(codes) > 15
    made_of_names = {"pg_restore_failed", "migrate_failed", "reapply_erasures_failed"}  # f"{name}_failed"
    assert [code for code in codes if f'"{code}"' not in source and code not in made_of_names] == []
    named = set(re.findall(r"`(BACKUP_[A-Z_]+[A-Z])`", text))
    assert len(named) > 5
    assert not {name for name in named if not hasattr(settings, name)}


def table_below(comment: str) -> list[list[str]]:
    """Return the cells of the table below `<!-- comment: ... -->` of operations.md, without its head."""
    text = OURS[0].read_text(encoding="utf-8").split(f"<!-- {comment}:")[1]
    rows = [line for line in text.split("\n\n")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.mark.parametrize("row", table_below("costs"), ids=lambda row: row[0])
def test_costs_in_the_page_are_what_the_calculator_gives(row):
    name, users, scans, plan, dollars, most = row
    bill = monthly_bill(SIZES[name], prices=load_prices(), assume=Assumptions())

    dearest = ", ".join(f"{service} {usd:.0f}" for service, usd in list(bill.by_service().items())[:3])
    assert (users, scans) == (f"{bill.users:,}", f"{bill.scans_per_month:,}")
    assert (plan, dollars, most) == (f"{bill.size.plan_usd:,.0f}", f"{bill.usd:,.0f}", dearest)


@pytest.mark.parametrize("row", table_below("capacity"), ids=lambda row: row[0])
def test_workers_in_the_page_are_what_the_calculator_gives(row):
    need = needed_capacity(int(row[0].replace(",", "")), Assumptions())

    assert row[1:] == [
        f"{need.films_per_second:.3g}",
        str(need.workers),
        f"{need.busy:.0%}".replace("%", " %"),
        f"{need.wait_95:.1f} s",
        f"{need.burst_drained_seconds:.0f} s",
    ]
