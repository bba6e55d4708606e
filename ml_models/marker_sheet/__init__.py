"""The project's printable sheets of several markers: which marker is printed where, and the ruler line beside them.

One layout is read by whoever draws a sheet (`pdf`, `picture`) and by whoever looks for one (`ml_models.marker`).
Standard library only, so that web processes may import it.

A sheet that is in use must not change: a changed layout is another version with other numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ml_models.types import MarkerSheet

Point = tuple[float, float]

#: A marker of DICT_4X4_50 has 4 x 4 cells of pattern inside a black border of one cell.
CELLS_A_SIDE = 6


#: What printers make of a page that they were not to scale, as a share of the designed size. A size beyond is that of
#: another marker.
PRINT_SCALES = (0.9, 1.1)


@dataclass(frozen=True)
class SheetLayout:
    """Where everything is on one page, in mm from its upper left corner, x to the right, y downwards.

    `marker_mm`: side of a marker's black square. `gap_mm`: white between neighbours. `top_mm`: from the page's upper
    edge to the first row; the markers stand in the middle of the page's width. Numbers run from `first_id` along the
    rows. `ruler_start_mm`: left end of the printed line of `ruler_mm`.
    """

    sheet: MarkerSheet
    version: int
    page_mm: tuple[float, float]
    marker_mm: float
    gap_mm: float
    columns: int
    rows: int
    top_mm: float
    first_id: int
    ruler_start_mm: Point
    ruler_mm: float

    @property
    def marker_ids(self) -> range:
        """Return the numbers of the sheet's markers."""
        return range(self.first_id, self.first_id + self.columns * self.rows)

    @property
    def cell_mm(self) -> float:
        """Return the side of one cell of a marker."""
        return self.marker_mm / CELLS_A_SIDE

    def can_be_printed(self, marker_mm: float) -> bool:
        """Return True where a print of this sheet can have black squares of this side."""
        return PRINT_SCALES[0] <= marker_mm / self.marker_mm <= PRINT_SCALES[1]

    def corners_mm(self, marker_id: int) -> tuple[Point, Point, Point, Point]:
        """Return the corners of a marker's black square on the page, clockwise from its upper left one.

        Raises ValueError for a number that is not on this sheet.
        """
        if marker_id not in self.marker_ids:
            raise ValueError(f"marker {marker_id} is not on the sheet {self.sheet}")
        row, column = divmod(marker_id - self.first_id, self.columns)
        step = self.marker_mm + self.gap_mm
        left = (self.page_mm[0] - self.columns * step + self.gap_mm) / 2 + column * step
        top = self.top_mm + row * step
        right, bottom = left + self.marker_mm, top + self.marker_mm
        return (left, top), (right, top), (right, bottom), (left, bottom)


# Two columns of three large markers: at 3.5 m before a 720p phone camera a marker of the A4 sheet still has 20 px, and
# one of six may be covered without harm. White around each marker is at least one cell. Numbers 0-9 belong to single
# markers.
LAYOUTS: Mapping[MarkerSheet, SheetLayout] = MappingProxyType(
    {
        MarkerSheet.A4: SheetLayout(
            sheet=MarkerSheet.A4,
            version=1,
            page_mm=(210.0, 297.0),
            marker_mm=72.0,
            gap_mm=14.0,
            columns=2,
            rows=3,
            top_mm=13.0,
            first_id=10,
            ruler_start_mm=(12.0, 276.0),
            ruler_mm=150.0,
        ),
        MarkerSheet.A3: SheetLayout(
            sheet=MarkerSheet.A3,
            version=1,
            page_mm=(297.0, 420.0),
            marker_mm=104.0,
            gap_mm=20.0,
            columns=2,
            rows=3,
            top_mm=18.0,
            first_id=20,
            ruler_start_mm=(20.0, 394.0),
            ruler_mm=150.0,
        ),
    }
)
