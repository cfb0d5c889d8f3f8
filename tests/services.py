"""Real services for tests: found on this machine, started for a tier, gone after it."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOBODY = "postgres"
OLDEST_JAVA = 17


def missing_node() -> str:
    return "" if shutil.which("npm") else "install Node 20 or newer (nodejs, npm)"


def missing_postgresql() -> str:
    if os.environ.get("ONDOL_TEST_DATABASE_URL") or _postgresql_bin():
        return ""
    return "install postgresql, or name a server: ONDOL_TEST_DATABASE_URL"


def missing_elasticsearch() -> str:
    if os.environ.get("ONDOL_TEST_ELASTICSEARCH_URL"):
        return ""
    if not shutil.which("java"):
        return "install Java 17 or newer (default-jre-headless)"
    if not _elasticsearch_launcher().exists():
        return "name a running Elasticsearch 8: ONDOL_TEST_ELASTICSEARCH_URL"
    return ""


def missing_browser() -> str:
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        return "install chromium"
    if not (shutil.which("redis-server") or shutil.which("valkey-server")):
        return "install redis-server"
    return ""


def missing_systemd() -> str:
    return "" if shutil.which("systemd-analyze") else "install systemd"


def missing_nginx() -> str:
    return "" if shutil.which("nginx") else "install nginx-light"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgresql_bin() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL of our own and yield its URL; it refuses root, so root lends it a user."""
    binaries = _postgresql_bin()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="ondol-pg-"))
    asuser: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam(NOBODY)
        os.chown(folder, user.pw_uid, user.pw_gid)
        asuser = ["runuser", "-u", NOBODY, "--"]
    port = free_port()
    data = folder / "data"

    def quietly(command: list[str]) -> None:
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)

    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "ondol", "-A", "trust"]
    quietly([*asuser, *initdb, "--no-sync"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=50"
    # The folder dies with the run; what a killed process had written is kept by the system anyway.
    options += " -c fsync=off -c full_page_writes=off"
    control = [*asuser, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    quietly([*control, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield f"postgresql://ondol@127.0.0.1:{port}/postgres"
    finally:
        quietly([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of our own that keeps nothing, and yield its URL."""
    with tempfile.TemporaryDirectory(prefix="ondol-redis-") as folder:
        socket_path = Path(folder) / "redis"
        argv = ["redis-server", "--port", "0", "--unixsocket", str(socket_path), "--save", ""]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process:
            try:
                while process.poll() is None and not socket_path.exists():
                    time.sleep(0.01)
                yield f"unix://{socket_path}"
            finally:
                process.terminate()


@contextmanager
def lab() -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Redis over a fresh home; yield the environment of a server on them."""
    with (
        tempfile.TemporaryDirectory(prefix="ondol-") as home,
        postgresql() as database,
        redis() as broker,
    ):
        yield {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "portal.settings.base",
            "ONDOL_HOME": home,
            "ONDOL_DATABASE_URL": database,
            "ONDOL_REDIS_URL": broker,
            "ONDOL_SANDBOX_WORST": "3",
            "ONDOL_SPOT_CHECK_SHARE": "0",
        }


def _elasticsearch_launcher() -> Path:
    return ROOT.parent / "shared" / "elasticsearch" / "bin" / "elasticsearch"


@contextmanager
def elasticsearch() -> Iterator[str]:
    """Run a real Elasticsearch and yield its URL, or the one that the environment names."""
    if given := os.environ.get("ONDOL_TEST_ELASTICSEARCH_URL"):
        yield given
        return
    port = free_port()
    with subprocess.Popen(
        [str(_elasticsearch_launcher()), str(port)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ready"):
                    break
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
