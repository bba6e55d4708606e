"""The layout turns round for right-to-left: the stylesheets name no left and no right."""

from __future__ import annotations

import re

import pytest

from cgm_portal.env import BASE_DIR

SHEETS = sorted((BASE_DIR / "static" / "css").glob("*.css"))
COLOURED = [sheet for sheet in SHEETS if sheet.name != "tokens.css"]
SIDED = re.compile(
    r"^\s*(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)\b|(?:left|right)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b|border-(?:top|bottom)-(?:left|right)-radius)"
)
FOUR_VALUES = re.compile(r"^\s*(?:margin|padding|inset)\s*:\s*\S+\s+(\S+)\s+\S+\s+(\S+?)(?:\s*!important)?;")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_stylesheet_names_no_side(sheet):
    lines = sheet.read_text(encoding="utf-8").splitlines()

    sided = [line.strip() for line in lines if SIDED.match(line)]
    uneven = [line.strip() for line in lines if (found := FOUR_VALUES.match(line)) and found[1] != found[2]]

    assert sided + uneven == []


@pytest.mark.parametrize("sheet", COLOURED, ids=lambda sheet: sheet.name)
def test_a_stylesheet_names_colours_by_token_alone(sheet):
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    printed = re.sub(r"@media print\s*{(?:[^{}]*{[^{}]*})*[^{}]*}", "", rules)

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", printed) == []
