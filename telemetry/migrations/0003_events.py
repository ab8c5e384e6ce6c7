"""The collection of events in MongoDB, its validator and indexes: one timeline for both stores."""

from django.db import migrations

from telemetry import events


def set_up_events(apps, schema_editor):
    events.set_up()


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0002_partitions_and_standings")]

    operations = [migrations.RunPython(set_up_events, migrations.RunPython.noop)]
