"""The one statement that counts measurer cells, from visits by hand of children of 6-59 months."""

from __future__ import annotations

from typing import Final

from analytics.aggregates.measurer_models import DIGITS, MONTHS_OF_YEAR, WHZ_BINS_PER_Z, WHZ_LIMIT
from analytics.aggregates.visits_sql import VISITS


def _histogram(value: str, first: int, count: int) -> str:
    """Return an array of how many rows have each whole value from `first` on."""
    return "ARRAY[" + ", ".join(f"count(*) FILTER (WHERE {value} = {first + k})" for k in range(count)) + "]"


_BINS = WHZ_LIMIT * WHZ_BINS_PER_Z

# Rounded as double precision, halves to even, as the engine's digit preference rounds.
INSERT_MEASURER_CELLS: Final = f"""{VISITS},
reading AS (
    SELECT visit.clinic_id, month, lower(regexp_replace(btrim(measured_by), '\\s+', ' ', 'g')) AS measurer,
        child.sex, age_months,
        floor(age_months)::int %% {MONTHS_OF_YEAR} AS month_of_year,
        round((weight_kg * 10)::float8)::int %% {DIGITS} AS weight_digit,
        round((length_height_cm * 10)::float8)::int %% {DIGITS} AS length_digit,
        round(muac_read_mm::float8)::int %% {DIGITS} AS muac_digit,
        haz_as_computed IS NOT NULL AS has_haz, 'haz' = ANY (flags) AS haz_flagged,
        whz_as_computed IS NOT NULL AS has_whz, 'whz' = ANY (flags) AS whz_flagged,
        round((whz * {WHZ_BINS_PER_Z})::float8)::int AS whz_tenths
    FROM visit JOIN children_child child ON child.id = visit.child_id
    WHERE by_hand AND age_months >= 6 AND age_months < 60
)
INSERT INTO analytics_measurercell (clinic_id, month, measurer, visits, girls, boys, aged_6_29, aged_30_59,
    haz_n, haz_flagged, whz_n, whz_flagged, weight_digits, length_height_digits, muac_digits, ages, whz_tenths)
SELECT clinic_id, month, measurer, count(*),
    count(*) FILTER (WHERE sex = 'F'), count(*) FILTER (WHERE sex = 'M'),
    count(*) FILTER (WHERE age_months < 30), count(*) FILTER (WHERE age_months >= 30),
    count(*) FILTER (WHERE has_haz), count(*) FILTER (WHERE haz_flagged),
    count(*) FILTER (WHERE has_whz), count(*) FILTER (WHERE whz_flagged),
    {_histogram("weight_digit", 0, DIGITS)},
    {_histogram("length_digit", 0, DIGITS)},
    {_histogram("muac_digit", 0, DIGITS)},
    {_histogram("month_of_year", 0, MONTHS_OF_YEAR)},
    {_histogram("whz_tenths", -_BINS, 2 * _BINS + 1)}
FROM reading GROUP BY clinic_id, month, measurer
"""  # noqa: S608 - the numbers are this module's own
