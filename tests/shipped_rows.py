"""The rows that every server starts with, copied inside the database: a test gets them at once."""

from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection, transaction
from django.db.models.signals import post_migrate

from jobs.models import DeviceProfile
from repository.models import Context, ContextRelation, ServiceType, VocabularyState

# In the order in which they refer to each other.
SHIPPED = (ServiceType, Context, ContextRelation, VocabularyState, DeviceProfile)


def flush_without_permissions() -> None:
    """Let no flush write Django's own permissions again: Ondol's roles know nothing of them."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


def keep_rows() -> None:
    """Copy what stands in the tables, to where no flush reaches."""
    with connection.cursor() as cursor:
        for model in SHIPPED:
            table = model._meta.db_table
            cursor.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")


@transaction.atomic
def put_rows_back() -> None:
    """Fill the tables, which are empty, with what was kept."""
    with connection.cursor() as cursor:
        for model in SHIPPED:
            table = model._meta.db_table
            cursor.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
