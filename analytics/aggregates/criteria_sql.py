"""The one statement that counts criteria cells: which criteria each child-month of 6-59 months meets."""

from __future__ import annotations

from typing import Final

from analytics.aggregates.case_models import Found
from analytics.aggregates.visits_sql import AGE_GROUP, VISITS

# WHZ, MUAC in mm and WAZ below which a criterion is met. Sources: WHO/UNICEF joint statement 2009; WHO 2023; for WAZ
# Khara et al. 2023, PMC10131149 (below -3) and WHO's underweight (below -2).
_LEVELS: Final = {"severe": (-3, 115, -3), "global": (-2, 125, -2)}


def _met(whz: int, muac_mm: int, waz: int) -> str:
    return (
        f"coalesce(whz < {whz}, false)::int * {int(Found.WHZ)} + (muac_mm < {muac_mm})::int * {int(Found.MUAC)}"
        f" + has_oedema::int * {int(Found.OEDEMA)} + coalesce(waz < {waz}, false)::int * {int(Found.WAZ)}"
        f" + coalesce(haz < -2, false)::int * {int(Found.STUNTED)}"
    )


INSERT_CRITERIA_CELLS: Final = f"""{VISITS},
last_complete AS (
    SELECT DISTINCT ON (clinic_id, month, child_id) *
    FROM visit
    WHERE by_hand AND muac_mm IS NOT NULL AND (has_oedema OR (whz IS NOT NULL AND waz IS NOT NULL))
    ORDER BY clinic_id, month, child_id, measured_at DESC, recorded_at DESC, id
)
INSERT INTO analytics_criteriacell (clinic_id, month, sex, age_group, level, met, children)
SELECT v.clinic_id, v.month, child.sex, {AGE_GROUP}, level, met, count(*)
FROM last_complete v
JOIN children_child child ON child.id = v.child_id
CROSS JOIN LATERAL (VALUES {", ".join(f"('{level}', {_met(*below)})" for level, below in _LEVELS.items())})
    AS reached (level, met)
GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - the numbers are this module's own
