"""Cells of criteria, of the funnel of cases and of measurers; triggers note what their counts rest on besides visits."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

MEASUREMENTS = "children_measurement"
NOTE = (
    "INSERT INTO analytics_touchedmonth (clinic_id, month)"
    " SELECT DISTINCT m.clinic_id, date_trunc('month', m.measured_on)::date FROM changed"
)
# A visit tells the child's later months when it was seen before; care touches the months in which the child was a case.
FUNCTIONS = f"""
CREATE FUNCTION analytics_note_later_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} JOIN {MEASUREMENTS} m ON m.child_id = changed.child_id AND m.clinic_id = changed.clinic_id
        AND m.measured_on > changed.measured_on;
    RETURN NULL;
END $$;
CREATE FUNCTION analytics_note_later_cases() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} JOIN {MEASUREMENTS} assessed ON assessed.id = changed.measurement_id
        JOIN {MEASUREMENTS} m ON m.child_id = assessed.child_id AND m.clinic_id = assessed.clinic_id
        AND m.measured_on > assessed.measured_on;
    RETURN NULL;
END $$;
CREATE FUNCTION analytics_note_care() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {NOTE} JOIN {MEASUREMENTS} m ON m.child_id = changed.child_id
        JOIN children_growthassessment a ON a.measurement_id = m.id AND a.is_current AND a.acute IN ('sam', 'mam');
    RETURN NULL;
END $$;
"""
CHANGES = (("INSERT", "NEW"), ("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
CARE_CHANGES = (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))


def _trigger(table: str, function: str, event: str, rows: str) -> str:
    name = f"{function}_{event.lower()}_{rows.lower()}"
    return (
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
    )


TRIGGERS = "\n".join(
    [
        _trigger(table, function, event, rows)
        for table, function in (
            (MEASUREMENTS, "analytics_note_later_months"),
            ("children_growthassessment", "analytics_note_later_cases"),
        )
        for event, rows in CHANGES
    ]
    + [
        _trigger(table, "analytics_note_care", event, rows)
        for table in ("care_alert", "care_treatmentepisode", "care_referral")
        for event, rows in CARE_CHANGES
    ]
)
# Every month is counted anew: the new cells are empty.
NOTE_EVERYTHING = (
    "INSERT INTO analytics_touchedmonth (clinic_id, month)"
    f" SELECT DISTINCT clinic_id, date_trunc('month', measured_on)::date FROM {MEASUREMENTS};"
)
UNDO = "\n".join(
    f"DROP FUNCTION {name}() CASCADE;"
    for name in ("analytics_note_later_months", "analytics_note_later_cases", "analytics_note_care")
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_standardisation"),
        ("analytics", "0003_exports"),
        ("care", "0003_referral_tracing_treatment_notices"),
        ("children", "0002_growth_assessment_thinness"),
    ]

    operations = [
        migrations.CreateModel(
            name="CriteriaCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="first day of the month")),
                ("sex", models.CharField(choices=[("F", "Girl"), ("M", "Boy")], max_length=1)),
                (
                    "age_group",
                    models.CharField(
                        choices=[
                            ("0-5", "0-5 months"),
                            ("6-11", "6-11 months"),
                            ("12-23", "12-23 months"),
                            ("24-35", "24-35 months"),
                            ("36-47", "36-47 months"),
                            ("48-59", "48-59 months"),
                            ("60+", "5 years and more"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("severe", "Severe acute malnutrition"),
                            ("global", "Severe and moderate acute malnutrition"),
                        ],
                        max_length=8,
                    ),
                ),
                ("met", models.PositiveSmallIntegerField(help_text="sum of the criteria met")),
                ("children", models.PositiveIntegerField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["month"], name="criteria_cell_month")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "month", "sex", "age_group", "level", "met"), name="criteria_cell_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FunnelCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="first day of the month")),
                ("month_before", models.DateField(help_text="first day of the month, or none", null=True)),
                ("sex", models.CharField(choices=[("F", "Girl"), ("M", "Boy")], max_length=1)),
                ("case", models.CharField(choices=[("acute", "SAM and MAM"), ("sam", "SAM")], max_length=8)),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("screened", "Screened"),
                            ("found", "Found"),
                            ("taken_up", "Taken up"),
                            ("referred", "Referred or admitted"),
                            ("treated", "Treated"),
                            ("recovered", "Recovered"),
                        ],
                        max_length=16,
                    ),
                ),
                ("children", models.PositiveIntegerField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["month"], name="funnel_cell_month")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("clinic", "month", "month_before", "sex", "case", "step"),
                        name="funnel_cell_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasurerCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="first day of the month")),
                ("measurer", models.CharField(max_length=200)),
                ("visits", models.PositiveIntegerField(default=0)),
                ("girls", models.PositiveIntegerField(default=0)),
                ("boys", models.PositiveIntegerField(default=0)),
                ("aged_6_29", models.PositiveIntegerField(default=0)),
                ("aged_30_59", models.PositiveIntegerField(default=0)),
                ("haz_n", models.PositiveIntegerField(default=0)),
                ("haz_flagged", models.PositiveIntegerField(default=0)),
                ("whz_n", models.PositiveIntegerField(default=0)),
                ("whz_flagged", models.PositiveIntegerField(default=0)),
                (
                    "weight_digits",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None),
                ),
                (
                    "length_height_digits",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None),
                ),
                (
                    "muac_digits",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None),
                ),
                (
                    "ages",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None),
                ),
                (
                    "whz_tenths",
                    django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), size=None),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.clinic"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["month"], name="measurer_cell_month")],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "month", "measurer"), name="measurer_cell_once")
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS + TRIGGERS, UNDO),
        migrations.RunSQL(NOTE_EVERYTHING, migrations.RunSQL.noop),
    ]
