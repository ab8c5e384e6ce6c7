"""The collection for documents that a repair took away."""

from django.db import migrations

from courses import content


def set_up_documents(apps, schema_editor):
    content.set_up()


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_documents")]

    operations = [migrations.RunPython(set_up_documents, migrations.RunPython.noop)]
