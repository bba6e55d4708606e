"""The visits that a refresh counts: the start of every counting statement. Parameters: clinic_ids, months."""

from __future__ import annotations

from typing import Final

# A visit that counts is in force and not superseded. z-scores that WHO flags are left out here, once. Ages in months of
# 30.4375 days, as WHO counts them.
VISITS: Final = """
WITH wanted AS (
    SELECT DISTINCT clinic_id, month FROM unnest(%(clinic_ids)s::uuid[], %(months)s::date[]) AS given (clinic_id, month)
),
visit AS (
    SELECT m.clinic_id, wanted.month, m.child_id, m.id, m.measured_on, m.measured_at, m.recorded_at,
        m.source = 'manual' AS by_hand,
        m.measured_by, m.weight_kg, m.length_height_cm, m.muac_mm AS muac_read_mm,
        a.age_days / 30.4375 AS age_months,
        a.acute,
        a.flags,
        a.whz AS whz_as_computed,
        a.haz AS haz_as_computed,
        CASE WHEN 'haz' = ANY (a.flags) THEN NULL ELSE a.haz END AS haz,
        CASE WHEN 'waz' = ANY (a.flags) THEN NULL ELSE a.waz END AS waz,
        CASE WHEN 'whz' = ANY (a.flags) THEN NULL ELSE a.whz END AS whz,
        CASE WHEN a.age_days / 30.4375 >= 6 AND a.age_days / 30.4375 < 60 THEN m.muac_mm END AS muac_mm,
        coalesce(m.oedema, false) AND a.age_days / 30.4375 < 60 AS has_oedema
    FROM wanted
    JOIN children_measurement m ON m.clinic_id = wanted.clinic_id
        AND m.measured_on >= wanted.month AND m.measured_on < wanted.month + interval '1 month'
    JOIN children_growthassessment a ON a.measurement_id = m.id AND a.is_current
    WHERE m.state = 'active' AND m.superseded_by_id IS NULL
)"""


AGE_GROUP: Final = """CASE WHEN age_months < 6 THEN '0-5' WHEN age_months < 12 THEN '6-11'
        WHEN age_months < 24 THEN '12-23' WHEN age_months < 36 THEN '24-35' WHEN age_months < 48 THEN '36-47'
        WHEN age_months < 60 THEN '48-59' ELSE '60+' END"""
