"""What differs under test: fast hashing, a home of its own, background work that only waits."""

import atexit
import shutil
import tempfile
from pathlib import Path

from portal.settings import env as environment

_home = Path(tempfile.mkdtemp(prefix="ondol-test-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
environment.env = environment.Env(
    home=_home,
    secret_key="only-for-tests-" + "x" * 40,
    sandbox_worst=3,
    # A job that chance adds would make two runs differ.
    spot_check_share=0,
)

from portal.settings.base import *  # noqa: E402, F403
from portal.settings.base import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if not environment.env.database_url:
    # A file, so that a served application and the test see one database from several threads.
    DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.sqlite3")}
# Messages stay in their rows: a test runs the work it is about by calling it.
CELERY_BROKER_URL = "memory://"
if not environment.env.redis_url:
    # Nobody listens here: what tests count and say reaches no Redis of this machine.
    REDIS_URL = "redis://127.0.0.1:1/0"
