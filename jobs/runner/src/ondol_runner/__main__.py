"""The command line: connect this machine to a server, and serve its jobs."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import logging
import os
import platform
import re
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from ondol_runner import protocol
from ondol_runner.agent import Agent
from ondol_runner.client import Client, Refused
from ondol_runner.config import HOME_VARIABLE, Config, DeviceConfig, find_home
from ondol_runner.doctor.command import examine, show
from ondol_runner.faults import Dismissed, Trouble
from ondol_runner.identity import Identity
from ondol_runner.journal import Journal
from ondol_runner.masking import Secret, clean
from ondol_runner.measure import measure_file
from ondol_runner.probe import probe
from ondol_runner.protocol import EnrollRequest
from ondol_runner.retry import Pace, Passing, patiently
from ondol_runner.service import Service
from ondol_runner.status import StatusFile
from ondol_runner.systemd import log_to_stderr
from ondol_runner.version import VERSION

ENROLL_PATIENCE_S = 10.0
DISMISSED_CODE = 3
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NAME = re.compile(r"[\w][\w .-]{0,62}")


def enroll(options: argparse.Namespace) -> int:
    """Trade the one-time code for a credential and write both files of the home."""
    home = find_home(options.home)
    home.prepare()
    if home.is_enrolled and not options.replace:
        raise Trouble(
            f"This runner is enrolled already (in {home.path}): "
            "add --replace to enroll it anew, or --home for a second one."
        )
    server = _server(options.server)
    host = _name(platform.node().split(".")[0] or "device")
    ca_file = _ca_file(options)
    devices = [DeviceConfig(_name(device)) for device in options.device or [host]]
    identity = Identity.make()
    name = _name(options.name or host)
    request = EnrollRequest(options.code, name, VERSION, public_key=identity.public_key)
    with contextlib.closing(Client(server, ca_file=ca_file)) as client:
        reply = patiently(lambda: client.enroll(request), pace=Pace(), limit_s=ENROLL_PATIENCE_S)
    config = Config(server, reply.runner_id, request.name, devices, ca_file=ca_file)
    home.save(config, Secret(reply.token), identity)
    named = ", ".join(device.name for device in devices)
    print(f"Enrolled {request.name} ({named}) at {server}. Start it with: ondol-runner run")
    return 0


def run(options: argparse.Namespace) -> int:
    """Serve jobs until interrupted; the log goes to stderr, for a journal that adds the time."""
    if os.geteuid() == 0 and not options.allow_root:
        raise Trouble(
            "It is not meant to run as root: jobs need no rights of their own. Use another "
            "account, or add --allow-root where root is all there is, as in a container."
        )
    home = find_home(options.home)
    config, token = home.read_config(), home.read_token()
    log_to_stderr([token])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.closing(Client(config.server, ca_file=config.ca_file)) as client:
        try:
            Agent(home, config, token, client).run()
        except KeyboardInterrupt:
            logging.getLogger(__name__).info("Stopped.")
        except Trouble as trouble:
            # It may quote the server, which may quote what it was sent.
            raise type(trouble)(clean(str(trouble), [token])) from trouble
    return 0


def serve_always(options: argparse.Namespace) -> int:
    """Print the systemd unit of this runner, or install or remove it."""
    service = Service(find_home(options.home), whole_machine=options.system)
    if options.uninstall:
        service.uninstall()
        print(f"Removed {service.file}.")
    elif options.install:
        service.install()
        print(f"{service.file} is started, now and at every boot.")
        if not options.system:
            print("To have it run while nobody is signed in: loginctl enable-linger")
    else:
        print(service.unit(), end="")
    return 0


def status(options: argparse.Namespace) -> int:
    """Say what this home is enrolled as and what it is doing, without asking the server."""
    home = find_home(options.home)
    config = home.read_config()
    print(f"runner   {config.name} ({config.runner_id})")
    print(f"server   {config.server}")
    print(f"home     {home.path}")
    print(f"devices  {', '.join(device.name for device in config.devices)}")
    print(f"state    {'running' if home.is_running() else 'stopped'}")
    for file in sorted(home.work.glob("*/status.json")):
        now = StatusFile(file).read()
        print(f"working  {file.parent.name}: {now.step} {now.fraction:.0%} {now.text}".rstrip())
    for end in Journal(home.journal).ends():
        print(f"unsent   {end.name}: {end.request.outcome.value}")
    return 0


def show_probe(options: argparse.Namespace) -> int:
    """Print the passport of this host as JSON."""
    print(json.dumps(protocol.encode(probe(find_home(options.home).path)), indent=2))
    return 0


def diagnose(options: argparse.Namespace) -> int:
    """Look at every hop to a job; answer 1 if something has to be put right."""
    server = _server(options.server) if options.server else ""
    ca_file = _ca_file(options)
    home = find_home(options.home)
    return show(examine(home, server=server, ca_file=ca_file), as_json=options.json)


def execute(options: argparse.Namespace) -> int:
    """Run one engine call over files and print one line of JSON."""
    # Chosen at run time: the agent on a small board has no use for numpy.
    module = importlib.import_module("ondol_runner.exec")
    return int(module.exec_file(options.request))


def measure(options: argparse.Namespace) -> int:
    """Run one measurement over files; its outcome is written where the request says."""
    try:
        outcome = measure_file(options.request)
    except protocol.ProtocolError as error:
        raise Trouble(f"The request {options.request} cannot be read: {error}") from error
    if outcome.fault is not None:
        raise Trouble(f"{outcome.fault.message} ({outcome.fault.reason.value})")
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ondol-runner", description=__doc__)
    parser.add_argument("--version", action="version", version=f"ondol-runner {VERSION}")
    at_home = argparse.ArgumentParser(add_help=False)
    at_home.add_argument(
        "--home", metavar="FOLDER", help=f"where all files lie (else {HOME_VARIABLE}, else ~)"
    )
    over_a_file = argparse.ArgumentParser(add_help=False)
    over_a_file.add_argument("request", type=Path, metavar="REQUEST.json")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("enroll", parents=[at_home], help="connect to a server")
    command.add_argument("--server", required=True, metavar="URL")
    command.add_argument("--code", required=True, help="the one-time code that the portal shows")
    command.add_argument("--name", help="of this runner; else the host's name")
    command.add_argument(
        "--device", action="append", metavar="NAME", help="of the device (repeat for several)"
    )
    command.add_argument("--ca-file", metavar="FILE", help="certificates to trust, in PEM")
    command.add_argument("--replace", action="store_true", help="give up an earlier enrollment")
    command.set_defaults(serve=enroll)
    command = commands.add_parser("doctor", parents=[at_home], help="find what keeps jobs away")
    command.add_argument("--server", metavar="URL", help="look at this server, before enrolling")
    command.add_argument("--ca-file", metavar="FILE", help="certificates to trust, in PEM")
    command.add_argument("--json", action="store_true", help="print one JSON document")
    command.set_defaults(serve=diagnose)
    command = commands.add_parser("run", parents=[at_home], help="serve jobs until stopped")
    command.add_argument("--allow-root", action="store_true", help="run as root all the same")
    command.set_defaults(serve=run)
    _add_service(commands.add_parser("service", parents=[at_home], help="its systemd unit"))
    for name, serve, parent, text in (
        ("status", status, at_home, "say what this runner is doing"),
        ("probe", show_probe, at_home, "print what this device says it is"),
        ("exec", execute, over_a_file, "run one engine call over files"),
    ):
        commands.add_parser(name, parents=[parent], help=text).set_defaults(serve=serve)
    # Without a help text it stays out of the list: it is for the runner itself.
    commands.add_parser("measure", parents=[over_a_file]).set_defaults(serve=measure)
    return parser


def _add_service(command: argparse.ArgumentParser) -> None:
    scope = command.add_mutually_exclusive_group(required=True)
    scope.add_argument("--user", action="store_true", help="of this account")
    scope.add_argument("--system", action="store_true", help="of the machine, as the home's owner")
    act = command.add_mutually_exclusive_group()
    act.add_argument("--install", action="store_true", help="write it, start it, enable it")
    act.add_argument("--uninstall", action="store_true", help="stop it and remove it")
    command.set_defaults(serve=serve_always)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what a person can put right is one line on stderr and exit code 1.

    It is 3 where the server wants this runner no more, so that no service starts it again.
    """
    options = build_parser().parse_args(arguments)
    try:
        return int(options.serve(options))
    except (Trouble, Refused, Passing) as expected:
        print(f"ondol-runner: {expected}", file=sys.stderr)
        return DISMISSED_CODE if isinstance(expected, Dismissed) else 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"ondol-runner: {where}{error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("ondol-runner: interrupted", file=sys.stderr)
    return 1


def _server(url: str) -> str:
    """Return the server's address, or raise Trouble where it is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Trouble(
            f"--server {url!r} is no address: write it as https://host or http://host:port."
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        print(
            "ondol-runner: warning: over http:// the credential can be read on the way.",
            file=sys.stderr,
        )
    return url.rstrip("/")


def _ca_file(options: argparse.Namespace) -> str:
    return str(Path(options.ca_file).absolute()) if options.ca_file else ""


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise Trouble(
            f"{name!r} cannot be a name: use up to 63 letters, digits, spaces, dots and dashes."
        )
    return name


if __name__ == "__main__":
    sys.exit(main())
