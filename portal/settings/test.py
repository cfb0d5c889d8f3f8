"""What differs under test: fast hashing, and a home of its own that goes when the run ends."""

import atexit
import shutil
import tempfile
from pathlib import Path

from portal.settings import env as environment

_home = Path(tempfile.mkdtemp(prefix="ondol-test-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
environment.env = environment.Env(
    home=_home, secret_key="only-for-tests-" + "x" * 40, sandbox_worst=3  # noqa: S106
)

from portal.settings.base import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
