"""How long a programme keeps films and pictures, and the law, if any, that keeps the care record."""

import django.core.validators
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_programme_time_zone_checked")]

    operations = [
        migrations.AddField(
            model_name="programme",
            name="care_record_kept_by_law",
            field=models.CharField(
                blank=True,
                help_text="Named on receipts. Empty, as a rule: the whole child is erased when the guardian asks for it.",
                max_length=500,
                verbose_name="law that keeps the care record",
            ),
        ),
        migrations.AddField(
            model_name="programme",
            name="frame_retention_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: FRAME_RETENTION_DAYS of the installation (30).",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="keep pictures of films, days",
            ),
        ),
        migrations.AddField(
            model_name="programme",
            name="video_retention_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Empty: VIDEO_RETENTION_DAYS of the installation (90).",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="keep films, days",
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.CheckConstraint(
                condition=Q(video_retention_days__isnull=True) | Q(video_retention_days__gt=0),
                name="programme_keeps_films_for_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.CheckConstraint(
                condition=Q(frame_retention_days__isnull=True) | Q(frame_retention_days__gt=0),
                name="programme_keeps_frames_for_days",
            ),
        ),
    ]
