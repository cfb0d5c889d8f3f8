"""The runner's home folder: what it is, where its server is, and its credential."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from ondol_runner import protocol
from ondol_runner.durable import PRIVATE_FOLDER, write_private
from ondol_runner.faults import Trouble
from ondol_runner.identity import Identity
from ondol_runner.masking import Secret
from ondol_runner.retry import Pace

HOME_VARIABLE = "ONDOL_RUNNER_HOME"
HOST_LOCK_VARIABLE = "ONDOL_HOST_LOCK"
DEFAULT_HOME = "~/.ondol-runner"


@dataclass(frozen=True)
class Durations:
    """Waits in seconds that the server does not set; all are settings so that soaks run faster."""

    retry_first_s: float = 1.0
    retry_longest_s: float = 64.0
    claim_spacing_s: float = 1.0
    log_every_s: float = 1.0
    term_grace_s: float = 30.0
    stall_s: float = 600.0
    host_wait_s: float = 3600.0

    @property
    def pace(self) -> Pace:
        return Pace(self.retry_first_s, self.retry_longest_s)


class Reach(str, Enum):
    """By what a device is reached; each way is one place in `fitness` and in `measure`."""

    HOST = "host"


@dataclass(frozen=True)
class DeviceConfig:
    """One device behind this runner; its name is unique within the runner."""

    name: str
    reach: Reach = Reach.HOST


@dataclass(frozen=True)
class Config:
    """What `config.json` holds. `host_lock` empty means the default of this host."""

    server: str
    runner_id: str
    name: str
    devices: list[DeviceConfig]
    ca_file: str = ""
    host_lock: str = ""
    cache_bytes: int = 8 * 2**30
    durations: Durations = field(default_factory=Durations)

    @property
    def host_lock_path(self) -> Path:
        named = os.environ.get(HOST_LOCK_VARIABLE) or self.host_lock
        return Path(named) if named else Path(tempfile.gettempdir()) / "ondol-host.lock"


@dataclass(frozen=True)
class Home:
    """The folder that holds everything a runner keeps."""

    path: Path

    @property
    def config_file(self) -> Path:
        return self.path / "config.json"

    @property
    def credential_file(self) -> Path:
        return self.path / "credential"

    @property
    def key_file(self) -> Path:
        return self.path / "key"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def work(self) -> Path:
        return self.path / "work"

    @property
    def journal(self) -> Path:
        return self.path / "journal"

    @property
    def lock_file(self) -> Path:
        return self.path / "run.lock"

    @property
    def is_enrolled(self) -> bool:
        return self.config_file.is_file() and self.credential_file.is_file()

    def prepare(self) -> None:
        """Make the folder, or raise Trouble where it cannot be written."""
        try:
            self.path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise Trouble(
                f"The home folder {self.path} cannot be written ({error.strerror}): "
                f"name another with --home or {HOME_VARIABLE}."
            ) from error

    def save(self, config: Config, token: Secret, identity: Identity) -> None:
        """Write key and credential, then the config; a reader never sees half of any."""
        identity.write(self.key_file)
        write_private(self.credential_file, token.reveal() + "\n")
        write_private(self.config_file, json.dumps(protocol.encode(config), indent=2) + "\n")

    def read_config(self) -> Config:
        """Return the config, or raise Trouble naming the field or the missing enrollment."""
        try:
            return protocol.decode(Config, json.loads(self.config_file.read_text("utf-8")))
        except FileNotFoundError as error:
            raise Trouble(
                f"This runner is not enrolled (no {self.config_file}): "
                "run 'ondol-runner enroll --server URL --code CODE' first."
            ) from error
        except (ValueError, OSError) as error:
            raise Trouble(f"{self.config_file} cannot be read: {error}") from error

    def read_token(self) -> Secret:
        try:
            token = self.credential_file.read_text("utf-8").strip()
        except (ValueError, OSError) as error:
            raise Trouble(
                f"The credential {self.credential_file} cannot be read: enroll this runner again."
            ) from error
        if not token:
            raise Trouble(f"The credential {self.credential_file} is empty: enroll again.")
        return Secret(token)

    @contextmanager
    def only_runner(self) -> Iterator[None]:
        """Hold this home for one running runner, or raise Trouble when another holds it."""
        with self.lock_file.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Trouble(f"Another ondol-runner already runs with {self.path}.") from error
            yield

    def is_running(self) -> bool:
        """Answer whether a runner holds this home now."""
        if not self.lock_file.exists():
            return False
        with self.lock_file.open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def find_home(option: str | None) -> Home:
    """Return the home named on the command line, in the environment, or the default."""
    named = option or os.environ.get(HOME_VARIABLE) or DEFAULT_HOME
    return Home(Path(named).expanduser().absolute())
