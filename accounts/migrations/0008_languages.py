"""The language of a user's pages and of a programme's notices."""

from django.db import migrations, models

import accounts.languages


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_standardisation")]

    operations = [
        migrations.AddField(
            model_name="programme",
            name="language",
            field=models.CharField(
                choices=accounts.languages.offered_languages,
                default="en",
                help_text="Of notices to staff, and of reminders to families whose own language is not known.",
                max_length=10,
                verbose_name="language",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True,
                choices=accounts.languages.offered_languages,
                default="",
                help_text="Of pages. Empty: as the browser asks for.",
                max_length=10,
                verbose_name="language",
            ),
            preserve_default=False,
        ),
    ]
