import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

BATCH = 1000


def fill(apps, schema_editor):
    """Write the entries of the children registered before."""
    from children.search_index import entry_of

    entry = apps.get_model("children", "SearchEntry")
    children = apps.get_model("children", "Child").objects.order_by("pk").prefetch_related("guardians")
    rows = []
    for child in children.iterator(chunk_size=BATCH):
        guardians = list(child.guardians.all())
        names = [child.name, *(guardian.name for guardian in guardians)]
        words, keys = entry_of(code=child.code, names=names, phones=[guardian.phone for guardian in guardians])
        rows.append(entry(child_id=child.pk, words=words, near_keys=keys))
    entry.objects.bulk_create(rows, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("children", "0004_status_changes")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "child",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="children.child",
                    ),
                ),
                ("words", models.TextField()),
                ("near_keys", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
            ],
            options={
                "verbose_name_plural": "search entries",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["near_keys"], name="search_entry_near_keys")
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
