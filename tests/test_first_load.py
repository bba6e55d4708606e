"""What a phone fetches for the first page: little, from us alone, and no chart library before there is a chart."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from accounts.models import User
from children.models import Child

pytestmark = pytest.mark.django_db

FIRST_LOAD_BYTES = 150 * 1024
ASSET = re.compile(r"<(?:link|script|img|use)\b[^>]*?\b(?:href|src)=\"([^\"#]+)")


def assets_of(html: str) -> set[str]:
    """Return the addresses of what a page loads: styles, scripts, pictures, icons."""
    return set(ASSET.findall(html))


@pytest.mark.parametrize("page", ["home", "children:list", "children:register", "care:alerts"])
def test_a_first_page_is_small(client: Client, supervisor: User, child: Child, page: str):
    client.force_login(supervisor)

    html = client.get(reverse(page)).content

    assets = assets_of(html.decode())
    files = {address: finders.find(address.removeprefix("/static/")) for address in assets}
    assert None not in files.values(), files
    sizes = {address: len(gzip.compress(Path(path).read_bytes())) for address, path in files.items()}
    assert len(gzip.compress(html)) + sum(sizes.values()) <= FIRST_LOAD_BYTES, sizes
    assert not [address for address in assets if "plotly" in address]


def test_only_the_page_with_a_chart_loads_the_chart_library(
    client: Client, supervisor: User, make_measurement: Callable[..., object], child: Child
):
    make_measurement(weight_kg=9.1)
    client.force_login(supervisor)

    html = client.get(reverse("child", args=[child.pk])).content.decode()

    assert [address for address in assets_of(html) if "plotly" in address]
