"""Every row of every table as lines of JSON: the same text from any database into any other."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby, islice
from typing import Any, TextIO

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.db.models.sql import InsertQuery

from portal.accounts.models import SignIn
from portal.accounts.models.append_only import forbidding, lifting
from repository.models import UploadSession

# Sessions end with a restore; the other tables are filled by `migrate`, and nothing points at them.
LEFT_OUT = {"auth", "contenttypes", "sessions"}
BATCH = 500


class ExactEncoder(DjangoJSONEncoder):
    """Keep the microseconds, which Django's own drops: the audit log is signed with them."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def tables() -> list[type[Model]]:
    """Return every table that a backup holds."""
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if model._meta.app_label not in LEFT_OUT]


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is now until the end, and keep no writer waiting."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # Deferred: `atomic` would begin by locking every writer out.
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def write_rows(out: TextIO) -> Counter[str]:
    """Write every row as one line; return how many each table has."""
    counts: Counter[str] = Counter()
    for model in tables():
        # Many-to-many fields are tables of their own.
        fields = [field.name for field in model._meta.local_concrete_fields]
        rows = _counted(_rows_of(model), model._meta.label, counts)
        serializers.serialize("jsonl", rows, stream=out, fields=fields, cls=ExactEncoder)
    return counts


def replace_rows(lines: TextIO) -> Counter[str]:
    """Empty every table and fill it from lines; return how many rows each table got.

    All of it happens or nothing. A line that fits no table raises `DeserializationError`.
    """
    counts: Counter[str] = Counter()
    with transaction.atomic(), connection.cursor() as cursor:
        names = [model._meta.db_table for model in tables()]
        emptying = connection.ops.sql_flush(no_style(), names, reset_sequences=True)
        for statement in [*lifting(connection.vendor), *emptying, *forbidding(connection.vendor)]:
            cursor.execute(statement)
        found = (line.object for line in serializers.deserialize("jsonl", lines))
        for model, rows in groupby(found, _table_of):
            while batch := list(islice(rows, BATCH)):
                _insert(model, batch)
                counts[model._meta.label] += len(batch)
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)
    return counts


def _rows_of(model: type[Model]) -> QuerySet[Model]:
    rows = model._base_manager.order_by("pk")
    if model is SignIn:
        # Its session is not there after a restore.
        return rows.none()
    # The bytes of an upload that has not ended are in no backup.
    return rows.exclude(blob=None) if model is UploadSession else rows


def _counted(rows: QuerySet[Model], label: str, counts: Counter[str]) -> Iterator[Model]:
    for row in rows.iterator(chunk_size=BATCH):
        counts[label] += 1
        yield row


def _table_of(row: Model) -> type[Model]:
    return type(row)


def _insert(model: type[Model], rows: Iterable[Model]) -> None:
    """Insert rows as they were: unlike `bulk_create`, `raw` sets no date of its own."""
    fields = list(model._meta.local_concrete_fields)
    objects = list(rows)
    size = max(1, connection.ops.bulk_batch_size(fields, objects))
    for start in range(0, len(objects), size):
        query = InsertQuery(model)
        query.insert_values(fields, objects[start : start + size], raw=True)
        query.get_compiler(connection=connection).execute_sql()
