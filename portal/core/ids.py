"""Random names for rows that the outside world may see."""

import secrets


def new_id() -> str:
    """Return 20 hex digits: unguessable, short enough for a URL."""
    return secrets.token_hex(10)
