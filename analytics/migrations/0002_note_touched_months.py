"""Triggers that note which clinic and month a change of visits touches, in the transaction of the change."""

from django.db import migrations

NOTE = "INSERT INTO analytics_touchedmonth (clinic_id, month) SELECT DISTINCT clinic_id, date_trunc('month', measured_on)::date"
MEASUREMENTS = "children_measurement"
ASSESSMENTS = "children_growthassessment"

FUNCTIONS = f"""
CREATE FUNCTION analytics_note_measurements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} FROM changed;
    RETURN NULL;
END $$;
CREATE FUNCTION analytics_note_assessments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} FROM {MEASUREMENTS} WHERE id IN (SELECT measurement_id FROM changed);
    RETURN NULL;
END $$;
CREATE FUNCTION analytics_note_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} FROM {MEASUREMENTS} WHERE child_id = NEW.id;
    RETURN NULL;
END $$;
"""


def _trigger(table: str, function: str, event: str, rows: str) -> str:
    name = f"{function}_{event.lower()}_{rows.lower()}"
    return (
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
    )


# An update touches the month where a visit was and the one where it is.
CHANGES = (("INSERT", "NEW"), ("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
NOTERS = ((MEASUREMENTS, "analytics_note_measurements"), (ASSESSMENTS, "analytics_note_assessments"))
TRIGGERS = "\n".join(
    _trigger(table, function, event, rows) for table, function in NOTERS for event, rows in CHANGES
) + (
    "\nCREATE TRIGGER analytics_note_child_sex AFTER UPDATE OF sex ON children_child FOR EACH ROW"
    " WHEN (OLD.sex IS DISTINCT FROM NEW.sex) EXECUTE FUNCTION analytics_note_child();"
)
# What was there before the triggers.
FIRST_NOTES = f"{NOTE} FROM {MEASUREMENTS};"

UNDO = "\n".join(
    f"DROP FUNCTION {name}() CASCADE;"
    for name in ("analytics_note_measurements", "analytics_note_assessments", "analytics_note_child")
)


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_growth_cells"), ("children", "0002_growth_assessment_thinness")]

    operations = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO),
        migrations.RunSQL(FIRST_NOTES, migrations.RunSQL.noop),
    ]
