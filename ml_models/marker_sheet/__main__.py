"""Write a marker sheet for printing: `python -m ml_models.marker_sheet --paper a4 --out sheet.pdf`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ml_models.marker_sheet import LAYOUTS
from ml_models.marker_sheet.pdf import write_sheet
from ml_models.types import MarkerSheet


def main(arguments: list[str] | None = None) -> None:
    """Write the PDF that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m ml_models.marker_sheet", description=__doc__)
    parser.add_argument("--paper", choices=[sheet.value for sheet in MarkerSheet], required=True)
    parser.add_argument("--out", type=Path, required=True, help="the PDF to write")
    chosen = parser.parse_args(arguments)
    layout = LAYOUTS[MarkerSheet(chosen.paper)]
    write_sheet(layout, chosen.out)
    advice = f"print it at 100 %, then check that its line is {layout.ruler_mm:.0f} mm long"
    sys.stdout.write(f"{chosen.out}: {advice}\n")


if __name__ == "__main__":
    main()
