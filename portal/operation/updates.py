"""Bringing a database to this version, with a copy of what it was before."""

import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone


class CannotUpdate(Exception):
    """A sentence that names what is wrong and the cure. The database is as it was."""


def update(folder: Path) -> Path | None:
    """Migrate; return the copy made before, or None where there was nothing to lose.

    The copy is the database's own, since these models need not fit its old tables. Blobs are never
    changed by a migration and are not copied.
    """
    executor = MigrationExecutor(connection)
    wanted = executor.migration_plan(executor.loader.graph.leaf_nodes())
    begun = bool(executor.loader.applied_migrations)
    copy = _copy_database(folder) if wanted and begun else None
    call_command("migrate", verbosity=0)
    return copy


def _copy_database(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = f"before-update-{timezone.now():%Y%m%dT%H%M%S}"
    if connection.vendor == "sqlite":
        copy = folder / f"{stem}.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
    else:
        copy = folder / f"{stem}.dump"
        _dump(copy)
    copy.chmod(0o600)
    return copy


def _dump(copy: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise CannotUpdate(
            "pg_dump is not installed, so no copy can be made before the update. Install "
            "PostgreSQL's client programs, or make a copy and run `manage.py migrate` yourself."
        )
    command = [program, "--format=custom", f"--file={copy}", str(settings.ENV.database_url)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotUpdate(f"pg_dump failed: {done.stderr.strip()}")
