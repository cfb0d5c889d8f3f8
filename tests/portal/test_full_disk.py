import sqlite3
from pathlib import Path

import pytest
from django.db import OperationalError

from portal.core.disk import is_disk_full
from portal.core.faults import told


@pytest.fixture
def fault(tmp_path: Path) -> OperationalError:
    """Return what Django makes of SQLite's own words for a database that may not grow."""
    connection = sqlite3.connect(tmp_path / "full.sqlite3")
    connection.execute("PRAGMA max_page_count = 4")
    connection.execute("CREATE TABLE rows (content BLOB)")
    with pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("INSERT INTO rows VALUES (?)", [bytes(2**16)])
    connection.close()
    return OperationalError(*raised.value.args)


def test_a_database_without_room_is_a_refusal_with_a_cure(fault: OperationalError) -> None:
    refusal = told(fault)

    assert refusal is not None
    assert refusal.code == "no_space"
    assert "administrator" in refusal.message


def test_other_faults_stay_faults() -> None:
    assert not is_disk_full(OperationalError("database is locked"))
    assert not is_disk_full(PermissionError(13, "Permission denied"))
