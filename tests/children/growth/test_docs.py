"""What docs/growth.md shows of Python runs, and prints what the page says it prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_python_of_the_page_runs_without_django_and_prints_what_it_says() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "growth.md").read_text(encoding="utf-8"), re.DOTALL)

    done = subprocess.run(
        [sys.executable, "-c", code + "\nimport sys\nassert 'django' not in sys.modules"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    acute, height = done.stdout.splitlines()[:2]
    assert f"# {acute}\n" in code
    assert f"# {height}\n" in code
