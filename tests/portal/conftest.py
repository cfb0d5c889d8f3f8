from types import SimpleNamespace

import pytest

from tests.portal.codes import MOMENT


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock stand by which codes are looked at."""
    clock = SimpleNamespace(time=lambda: MOMENT)
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time", clock)
