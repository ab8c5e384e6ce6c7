"""Revisions say in which shape they are, and an index finds lessons and revisions of earlier shapes."""

from django.db import migrations

from courses import content


def set_up_documents(apps, schema_editor):
    content.set_up()


class Migration(migrations.Migration):
    dependencies = [("courses", "0004_set_aside")]

    operations = [migrations.RunPython(set_up_documents, migrations.RunPython.noop)]
