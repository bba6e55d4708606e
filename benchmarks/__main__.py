"""`python -m benchmarks [NAME ...]`: run all benchmarks, or the named ones, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "growth",
    "survey",
    "scan_pipeline",
    "blob",
    "synthetic",
    "endpoint",
    "pages",
    "telemetry",
    "start",
    "backup",
    "sign_in",
    "exports",
    "dashboards",
)


def main(names: list[str]) -> int:
    """Run the benchmarks and return how many failed."""
    failed = 0
    for name in names or BENCHMARKS:
        print(f"\n== {name} ==", flush=True)
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
