"""The one statement that counts funnel cells: from screening to recovery, and the month when it happened before."""

from __future__ import annotations

from typing import Final

from analytics.aggregates.visits_sql import VISITS

DAYS_TO_TREATMENT: Final = 90  # from the end of the month of the find: a later admission answers another episode

# `child_month` reaches over all months of the children concerned: the month before may be long ago. A find is taken up
# when one of its alerts was acknowledged, referred or closed by a person, or the child was admitted; each later step
# counts for the earlier ones, so that no step can be larger than the one before it.
INSERT_FUNNEL_CELLS: Final = f"""{VISITS},
concerned AS (SELECT DISTINCT clinic_id, child_id FROM visit),
child_month AS (
    SELECT m.clinic_id, m.child_id, date_trunc('month', m.measured_on)::date AS month,
        bool_or(a.acute IN ('sam', 'mam')) AS acute, bool_or(a.acute = 'sam') AS sam,
        array_agg(m.id) FILTER (WHERE a.acute IN ('sam', 'mam')) AS acute_visits,
        array_agg(m.id) FILTER (WHERE a.acute = 'sam') AS sam_visits
    FROM concerned
    JOIN children_measurement m ON m.child_id = concerned.child_id AND m.clinic_id = concerned.clinic_id
    JOIN children_growthassessment a ON a.measurement_id = m.id AND a.is_current
    WHERE m.state = 'active' AND m.source = 'manual' AND a.acute <> ''
    GROUP BY 1, 2, 3
),
dated AS (
    SELECT *,
        lag(month) OVER earlier AS screened_before,
        max(month) FILTER (WHERE acute) OVER (earlier ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS acute_before,
        max(month) FILTER (WHERE sam) OVER (earlier ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS sam_before
    FROM child_month
    WINDOW earlier AS (PARTITION BY clinic_id, child_id ORDER BY month)
),
found AS (
    SELECT clinic_id, month, child_id, 'acute' AS level, acute_before AS month_before, acute_visits AS visits
    FROM dated JOIN wanted USING (clinic_id, month) WHERE acute
    UNION ALL
    SELECT clinic_id, month, child_id, 'sam', sam_before, sam_visits
    FROM dated JOIN wanted USING (clinic_id, month) WHERE sam
),
answered AS (
    SELECT found.*, coalesce(alert.taken_up, false) AS taken_up, coalesce(alert.referred, false) AS referred,
        coalesce(alert.treated, false) OR coalesce(episode.treated, false) AS treated,
        coalesce(alert.treated AND alert.recovered, false) OR coalesce(episode.recovered, false) AS recovered
    FROM found
    LEFT JOIN LATERAL (
        SELECT bool_or(al.acknowledged_at IS NOT NULL OR al.resolution = 'by_person') AS taken_up,
            bool_or(al.referred_at IS NOT NULL) AS referred,
            bool_or(referral.outcome = 'treated') AS treated,
            bool_or(al.resolution = 'recovered') AS recovered
        FROM care_alert al
        LEFT JOIN care_referral referral ON referral.id = al.referral_id
        WHERE al.child_id = found.child_id AND al.criterion IN ('whz', 'muac', 'oedema')
            AND EXISTS (
                SELECT FROM care_alert_evidence seen
                WHERE seen.alert_id = al.id AND seen.measurement_id = ANY (found.visits)
            )
    ) alert ON true
    LEFT JOIN LATERAL (
        SELECT true AS treated, bool_or(ep.exit = 'recovered') AS recovered
        FROM care_treatmentepisode ep
        WHERE ep.child_id = found.child_id AND coalesce(ep.exited_on, found.month) >= found.month
            AND ep.admitted_on < found.month + interval '1 month' + interval '{DAYS_TO_TREATMENT} days'
        HAVING count(*) > 0
    ) episode ON true
),
step AS (
    SELECT clinic_id, month, child_id, level, screened_before AS month_before, 'screened' AS step
    FROM dated JOIN wanted USING (clinic_id, month) CROSS JOIN (VALUES ('acute'), ('sam')) AS of_level (level)
    UNION ALL
    SELECT clinic_id, month, child_id, level, month_before, step
    FROM answered
    CROSS JOIN LATERAL (VALUES ('found', true), ('taken_up', taken_up OR referred OR treated),
        ('referred', referred OR treated), ('treated', treated), ('recovered', treated AND recovered)
    ) AS steps (step, taken)
    WHERE taken
)
INSERT INTO analytics_funnelcell (clinic_id, month, month_before, sex, "case", step, children)
SELECT step.clinic_id, step.month, step.month_before, child.sex, step.level, step.step, count(*)
FROM step JOIN children_child child ON child.id = step.child_id
GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - the number is this module's own
