from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ondol import Client

from portal.accounts.models import User
from portal.accounts.services.tokens import create_token
from portal.accounts.types import Scope
from tests.cast import people


@dataclass(frozen=True)
class Desk:
    """A person with the client installed and signed in by environment, as in a CI."""

    user: User
    url: str
    token: str
    client: Client


@pytest.fixture
def desk(
    server: str, vocabulary: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    olga = people().olga
    _, token = create_token(olga, name="client", scope=Scope.WRITE)
    monkeypatch.setenv("ONDOL_CLIENT_HOME", str(tmp_path / "client"))
    monkeypatch.setenv("ONDOL_URL", server)
    monkeypatch.setenv("ONDOL_TOKEN", token)
    with Client() as client:
        yield Desk(olga, server, token, client)
