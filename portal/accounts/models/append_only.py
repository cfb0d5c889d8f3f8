"""The database's own refusal to change or delete a row of the audit log."""

from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "accounts_auditevent"
NAME = "audit_only_grows"
SENTENCE = "The audit log only grows."

_SQLITE = [
    f"CREATE TRIGGER {NAME}_{act.lower()} BEFORE {act} ON {TABLE} "
    f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
    for act in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{SENTENCE}'; END $$""",
    f"""CREATE TRIGGER {NAME} BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()""",
]
_LIFT = {
    "sqlite": [f"DROP TRIGGER IF EXISTS {NAME}_{act}" for act in ("update", "delete")],
    "postgresql": [f"DROP TRIGGER IF EXISTS {NAME} ON {TABLE}"],
}


def forbidding(vendor: str) -> list[str]:
    """Return the SQL that has the database refuse to change, delete or empty the log.

    Whoever owns the database can lift that again; then the chain of digests still tells.
    """
    return [*lifting(vendor), *(_SQLITE if vendor == "sqlite" else _POSTGRESQL)]


def lifting(vendor: str) -> list[str]:
    """Return the SQL that lifts the refusal, for who must empty every table."""
    return _LIFT[vendor]


def run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
