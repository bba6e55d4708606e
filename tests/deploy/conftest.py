"""Fixtures of the deployment's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql


@pytest.fixture
def empty_database() -> Iterator[str]:
    """Return the URL of a new database without tables, dropped afterwards."""
    url, name = os.environ["DATABASE_URL"], f"empty_{uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{url.rpartition('/')[0]}/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
