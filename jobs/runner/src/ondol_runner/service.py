"""A systemd unit for this runner: of the account that calls, or of the whole machine."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ondol_runner.config import Home
from ondol_runner.durable import write_private
from ondol_runner.faults import Trouble

UNIT = "ondol-runner.service"
SYSTEM_FOLDER = Path("/etc/systemd/system")
UNIT_MODE = 0o644
PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
SAFE_PATH = re.compile(r"[\w./+@-]+")

TEMPLATE = """\
[Unit]
Description=Ondol runner {name}
{after}
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={python} -m ondol_runner run --home {home}
# Proxies, one NAME=value in a line; the file may be absent.
EnvironmentFile=-{environment}
WorkingDirectory={home}
Restart=always
RestartSec=10
# The server wants it no more, or a copy of it took over: two copies must not chase each other away.
RestartPreventExitStatus=3
# The main loop itself tells that it turns; one that hangs is started anew.
WatchdogSec=180
KillMode=mixed
TimeoutStopSec=45
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictSUIDSGID=yes
RestrictRealtime=yes
SystemCallArchitectures=native
{confined}
[Install]
WantedBy={target}
"""
# Devices stay visible, for accelerators; /tmp too, for the lock that measurements of a host share.
CONFINED = """\
User={account}
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths={home} /tmp
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
"""


@dataclass(frozen=True)
class Service:
    """Where a unit goes and who starts it."""

    home: Home
    whole_machine: bool

    @property
    def file(self) -> Path:
        if self.whole_machine:
            return SYSTEM_FOLDER / UNIT
        config = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
        return Path(config).expanduser() / "systemd" / "user" / UNIT

    @property
    def environment_file(self) -> Path:
        return self.home.path / "environment"

    def unit(self) -> str:
        """Return the unit's text; raise Trouble for what may not be in one, or would be root."""
        fields = {
            "name": self.home.read_config().name,
            "python": sys.executable,
            "home": str(self.home.path),
            "environment": str(self.environment_file),
        }
        for field in ("python", "home"):
            if not SAFE_PATH.fullmatch(fields[field]):
                raise Trouble(
                    f"The path {fields[field]!r} has a character that a unit cannot hold: use one "
                    "of letters, digits, dots, dashes and slashes."
                )
        if not self.whole_machine:
            after, confined, target = "", "", "default.target"
        else:
            after = "Wants=network-online.target\nAfter=network-online.target"
            confined = CONFINED.format(account=self._account(), home=self.home.path)
            target = "multi-user.target"
        return TEMPLATE.format(after=after, confined=confined, target=target, **fields)

    def install(self) -> None:
        """Write the unit and start it now and at every boot."""
        self._keep_proxies()
        text = self.unit()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(text, encoding="utf-8")
            self.file.chmod(UNIT_MODE)
        except OSError as error:
            raise Trouble(
                f"{self.file} cannot be written ({error.strerror}): "
                "use sudo for --system, or --user for this account alone."
            ) from error
        self._control("daemon-reload")
        self._control("enable", UNIT)
        self._control("restart", UNIT)

    def uninstall(self) -> None:
        """Stop the unit and remove it; the runner's home stays."""
        if not self.file.exists():
            raise Trouble(f"There is no {self.file}: nothing was installed there.")
        self._control("disable", "--now", UNIT)
        self.file.unlink()
        self._control("daemon-reload")

    def _account(self) -> str:
        owner = pwd.getpwuid(self.home.path.stat().st_uid)
        if owner.pw_uid == 0:
            raise Trouble(
                f"{self.home.path} belongs to root, and the runner works as its owner: "
                "make an account for it and give it that folder with chown."
            )
        return owner.pw_name

    def _keep_proxies(self) -> None:
        """Note the proxies of this shell where the unit looks; a service would not see them."""
        named = {name: _variable(name) for name in PROXY_VARIABLES}
        lines = [f"{name}={value}\n" for name, value in named.items() if value]
        if not lines or self.environment_file.exists():
            return
        write_private(self.environment_file, "".join(lines))
        if os.geteuid() == 0:
            shutil.chown(self.environment_file, self.home.path.stat().st_uid)

    def _control(self, *words: str) -> None:
        scope = [] if self.whole_machine else ["--user"]
        try:
            ended = subprocess.run(
                ["systemctl", *scope, *words], check=False, capture_output=True, text=True
            )
        except FileNotFoundError as error:
            raise Trouble(
                "This machine has no systemctl: have 'ondol-runner run' started another way."
            ) from error
        if ended.returncode:
            told = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
            raise Trouble(f"systemctl {' '.join([*scope, *words])} failed: {told[-1]}")


def _variable(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.lower()) or ""
