import sqlite3
from pathlib import Path

import pytest
from django.db import connection

from portal.operation.updates import update
from tests.operation.elsewhere import manage

# As an older version left it: its newest steps are not taken yet.
OLDER = ["migrate", "accounts", "0001", "--verbosity", "0"]


def test_a_database_in_use_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    said = manage(tmp_path, ["update"], ["ensure_admin"], ["update"], OLDER, ["update"])
    (copy,) = (tmp_path / "backups").iterdir()
    assert said.count("before the update") == 1
    assert str(copy) in said
    assert copy.stat().st_mode & 0o077 == 0
    with sqlite3.connect(copy) as found:
        assert found.execute("SELECT username FROM accounts_user").fetchall() == [("admin",)]
        steps = found.execute("SELECT name FROM django_migrations WHERE app = 'accounts'")
        assert steps.fetchall() == [("0001_initial",)]


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    assert connection.introspection.table_names()
    assert update(tmp_path) is None
    assert not list(tmp_path.iterdir())
