"""When people were trained to measure, and standardisation tests: sheets, readings, certificates."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_sign_in_with_a_tenant"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="trained_on",
            field=models.DateField(blank=True, null=True, verbose_name="trained to measure on"),
        ),
        migrations.CreateModel(
            name="StandardisationTest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("held_on", models.DateField(verbose_name="held on")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standardisation_tests",
                        to="accounts.clinic",
                        verbose_name="clinic",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="held by",
                    ),
                ),
            ],
            options={
                "ordering": ["-held_on", "-created_at"],
            },
        ),
        migrations.CreateModel(
            name="StandardisationSheet",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("is_reference", models.BooleanField(default=False, verbose_name="reference")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "measurer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standardisation_sheets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="measurer",
                    ),
                ),
                (
                    "test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sheets",
                        to="accounts.standardisationtest",
                    ),
                ),
            ],
            options={
                "ordering": ["-is_reference", "created_at"],
            },
        ),
        migrations.CreateModel(
            name="StandardisationReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "child_number",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10),
                        ],
                        verbose_name="child",
                    ),
                ),
                (
                    "turn",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(2),
                        ],
                        verbose_name="turn",
                    ),
                ),
                (
                    "weight_kg",
                    models.DecimalField(
                        blank=True, decimal_places=3, max_digits=6, null=True, verbose_name="weight, kg"
                    ),
                ),
                (
                    "length_height_cm",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="length or height, cm"
                    ),
                ),
                (
                    "muac_mm",
                    models.DecimalField(blank=True, decimal_places=1, max_digits=5, null=True, verbose_name="MUAC, mm"),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readings",
                        to="accounts.standardisationsheet",
                    ),
                ),
            ],
            options={
                "ordering": ["child_number", "turn"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sheet", "child_number", "turn"), name="standardisation_one_reading"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("child_number__range", (1, 10)), ("turn__range", (1, 2))),
                        name="standardisation_ten_children_twice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("weight_kg__isnull", True), ("weight_kg__gt", 0), _connector="OR"),
                            models.Q(("length_height_cm__isnull", True), ("length_height_cm__gt", 0), _connector="OR"),
                            models.Q(("muac_mm__isnull", True), ("muac_mm__gt", 0), _connector="OR"),
                        ),
                        name="standardisation_readings_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StandardisationCertificate",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("issued_on", models.DateField(verbose_name="issued on")),
                ("valid_until", models.DateField(verbose_name="valid until")),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standardisation_certificates",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sheet",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="accounts.standardisationsheet",
                    ),
                ),
            ],
            options={
                "ordering": ["-issued_on"],
                "indexes": [models.Index(fields=["user", "valid_until"], name="certificate_of_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("issued_on"))),
                        name="certificate_valid_from_its_issue_on",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="standardisationtest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                    models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                    _connector="OR",
                ),
                name="standardisation_closed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="standardisationsheet",
            constraint=models.UniqueConstraint(fields=("test", "measurer"), name="standardisation_one_sheet_each"),
        ),
        migrations.AddConstraint(
            model_name="standardisationsheet",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_reference", True)), fields=("test",), name="standardisation_one_reference"
            ),
        ),
    ]
