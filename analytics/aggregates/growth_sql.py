"""The one statement that counts growth cells. It reads measurements and assessments in force, and nothing else."""

from __future__ import annotations

from typing import Final

from analytics.aggregates.models import COUNTS
from analytics.aggregates.visits_sql import AGE_GROUP, VISITS

# One row for each visit that counts; then one for each child, clinic and month; then the cells. A child with oedema
# has no WHZ and is severely wasted: WHZ of minus infinity.
# Source: WHO Anthro survey analyser, prevalence with oedema.
INSERT_GROWTH_CELLS: Final = f"""
{VISITS},
ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY clinic_id, month, child_id ORDER BY measured_at DESC, recorded_at DESC, id
    ) AS place FROM visit
),
child_month AS (
    SELECT clinic_id, month, child_id,
        count(DISTINCT measured_on) AS visits,
        count(DISTINCT measured_on) FILTER (WHERE by_hand) AS visits_by_hand,
        bool_or(by_hand) AS measured_by_hand,
        (array_agg(age_months ORDER BY place))[1] AS age_months,
        (array_agg(haz ORDER BY place) FILTER (WHERE by_hand AND haz IS NOT NULL))[1] AS haz,
        (array_agg(waz ORDER BY place) FILTER (WHERE by_hand AND waz IS NOT NULL))[1] AS waz,
        (array_agg(CASE WHEN has_oedema THEN '-Infinity'::numeric ELSE whz END ORDER BY place)
            FILTER (WHERE by_hand AND (has_oedema OR whz IS NOT NULL)))[1] AS whz,
        (array_agg(muac_mm ORDER BY place) FILTER (WHERE by_hand AND muac_mm IS NOT NULL))[1] AS muac_mm,
        bool_or(by_hand AND has_oedema) AS has_oedema,
        (array_agg(acute ORDER BY place) FILTER (WHERE by_hand AND acute <> ''))[1] AS acute,
        (array_agg((whz < -2)::int + 2 * (muac_mm < 125)::int ORDER BY place)
            FILTER (WHERE by_hand AND whz IS NOT NULL AND muac_mm IS NOT NULL))[1] AS low_of_both,
        bool_or(by_hand AND 'haz' = ANY (flags)) AS haz_flagged,
        bool_or(by_hand AND 'waz' = ANY (flags)) AS waz_flagged,
        bool_or(by_hand AND 'whz' = ANY (flags)) AS whz_flagged
    FROM ranked GROUP BY clinic_id, month, child_id
)
INSERT INTO analytics_growthcell (clinic_id, month, sex, age_group, {", ".join(COUNTS)})
SELECT cm.clinic_id, cm.month, child.sex,
    {AGE_GROUP} AS age_group,
    sum(visits),
    sum(visits_by_hand),
    count(*) FILTER (WHERE measured_by_hand),
    count(haz), count(*) FILTER (WHERE haz < -2), count(*) FILTER (WHERE haz < -3),
    count(waz), count(*) FILTER (WHERE waz < -2), count(*) FILTER (WHERE waz < -3),
    count(whz), count(*) FILTER (WHERE whz < -2), count(*) FILTER (WHERE whz < -3),
    count(*) FILTER (WHERE whz > 2), count(*) FILTER (WHERE whz > 3),
    count(muac_mm), count(*) FILTER (WHERE muac_mm < 125 AND muac_mm >= 115), count(*) FILTER (WHERE muac_mm < 115),
    count(*) FILTER (WHERE has_oedema),
    count(acute), count(*) FILTER (WHERE acute = 'mam'), count(*) FILTER (WHERE acute = 'sam'),
    count(low_of_both), count(*) FILTER (WHERE low_of_both = 1), count(*) FILTER (WHERE low_of_both = 2),
    count(*) FILTER (WHERE low_of_both = 3),
    count(*) FILTER (WHERE haz_flagged), count(*) FILTER (WHERE waz_flagged), count(*) FILTER (WHERE whz_flagged)
FROM child_month cm JOIN children_child child ON child.id = cm.child_id
GROUP BY cm.clinic_id, cm.month, child.sex, 4
"""  # noqa: S608 - the names are this package's own
