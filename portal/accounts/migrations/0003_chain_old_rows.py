"""Chain the rows that were written before the log had a chain, as they are found."""

from django.db import migrations

from portal.accounts.services.audit import HEAD, digest_of_event


def chain(apps, schema_editor):
    del schema_editor
    event_model = apps.get_model("accounts", "AuditEvent")
    previous, count = "", 0
    for event in event_model.objects.order_by("id").iterator():
        event.digest = previous = digest_of_event(previous, event)
        event.save(update_fields=["digest"])
        count += 1
    if count:
        apps.get_model("accounts", "AuditHead").objects.create(
            pk=HEAD, count=count, digest=previous
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_chain")]

    operations = [migrations.RunPython(chain, migrations.RunPython.noop)]
