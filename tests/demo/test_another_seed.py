"""The stories hold whatever the seed: chance may not undo them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.demo.loader import load_demo
from tests.demo.test_stories import assert_each_story_is_there


@pytest.mark.slow
def test_each_story_is_there_with_another_seed(db: None, local_folder: Path) -> None:
    load_demo(seed=5)

    assert_each_story_is_there()
