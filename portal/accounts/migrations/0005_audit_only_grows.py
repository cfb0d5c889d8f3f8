"""Have the database refuse changes of the audit log."""

from django.db import migrations

from portal.accounts.models.append_only import forbidding, lifting, run


def forbid(apps, schema_editor):
    del apps
    run(schema_editor.connection, forbidding(schema_editor.connection.vendor))


def allow(apps, schema_editor):
    del apps
    run(schema_editor.connection, lifting(schema_editor.connection.vendor))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_uses_and_sign_ins")]

    operations = [migrations.RunPython(forbid, allow)]
