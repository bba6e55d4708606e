"""A browser that reports every fault: console errors, CSP violations, requests to other hosts, axe's findings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request

from cgm_portal.env import BASE_DIR

SCREENSHOTS = BASE_DIR / "artefacts" / "screenshots"
PASSWORD = "correct horse"  # of tests/conftest.py
AXE = Path(__file__).parent / "vendor" / "axe" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
QUIET_CHROMIUM = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]


def launch(playwright: Playwright) -> Browser:
    """Start Chromium: the one that CHROMIUM_PATH names, else Debian's."""
    path = os.environ.get("CHROMIUM_PATH") or "/usr/bin/chromium"
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=[*QUIET_CHROMIUM, *as_root])


class Visitor:
    """One person's browser window. `faults` has to stay empty."""

    def __init__(self, browser: Browser, base_url: str, **options: Any) -> None:
        self.base_url = base_url
        self.faults: list[str] = []
        self.context = browser.new_context(base_url=base_url, viewport=options.pop("viewport", WIDE), **options)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("request", self._on_request)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Sign in by the page."""
        self.page.goto("/accounts/sign-in/")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def shoot(self, name: str) -> None:
        """Keep a picture of the whole page below artefacts/screenshots/."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def overflow_px(self) -> int:
        """Return how far the page is wider than its window: 0 on a page that fits."""
        root = "document.documentElement"
        return int(self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))

    def axe_violations(self) -> list[str]:
        """Return what axe-core finds wrong for people with disabilities."""
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
        run = "axe.run().then(r => JSON.stringify(r.violations.map(v => [v.id, v.nodes[0].html])))"
        return [f"{rule}: {html[:200]}" for rule, html in json.loads(self.page.evaluate(run))]

    def _on_console(self, message: ConsoleMessage) -> None:
        # Chromium itself logs each 4xx; a refused form (422) is an expected answer here.
        if message.type in {"error", "warning"} and "422" not in message.text:
            self.faults.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.base_url, "data:", "blob:")):
            self.faults.append(f"request to another host: {request.url}")
