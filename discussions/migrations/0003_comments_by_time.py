"""Comments of a day are counted for the reports."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("discussions", "0002_triggers")]

    operations = [
        migrations.AddIndex(
            model_name="comment",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["created_at"], name="comments_by_time"),
        ),
    ]
