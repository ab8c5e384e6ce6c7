"""Collections, validators and indexes in MongoDB: one timeline for both stores."""

from django.db import migrations

from courses import content


def set_up_documents(apps, schema_editor):
    content.set_up()


class Migration(migrations.Migration):
    dependencies = [("courses", "0002_triggers")]

    operations = [migrations.RunPython(set_up_documents, migrations.RunPython.noop)]
