"""The validator of progress documents knows the version of their times."""

from django.db import migrations

from courses import content


def set_up_collections(apps, schema_editor):
    content.set_up()


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_who_is_listed")]

    operations = [migrations.RunPython(set_up_collections, migrations.RunPython.noop)]
