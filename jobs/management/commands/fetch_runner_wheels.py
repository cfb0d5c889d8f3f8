"""`manage.py fetch_runner_wheels`: have devices install the runner from this server alone."""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from ondol_runner.protocol import Engine

from jobs.services.installing import wheel_store

# What boards have: glibc 2.17 and everything newer that their Python may know by name.
GLIBCS = ("manylinux2014", "manylinux_2_17", "manylinux_2_24", "manylinux_2_27", "manylinux_2_28")
ARCHITECTURES = ("x86_64", "aarch64")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
# pip reads `python_version < ...` of a dependency for the Python it runs in, not for the board's.
FOR_OLDER_PYTHONS = ("exceptiongroup", "typing_extensions")


class Command(BaseCommand):
    help = "Fetch what the runner needs, for each processor and Python that devices have."

    def add_arguments(self, parser: ArgumentParser) -> None:
        engines = [engine.value for engine in Engine]
        parser.add_argument("--engine", action="append", choices=engines)
        parser.add_argument("--architecture", action="append", choices=ARCHITECTURES)
        parser.add_argument("--python", action="append", choices=PYTHONS)

    def handle(self, *_: Any, **options: Any) -> None:
        runner = wheel_store().runner()
        if runner is None:
            raise CommandError("There is no wheel of the runner yet. Run `make build` first.")
        engines = options["engine"] or [Engine.ONNXRUNTIME.value]
        wanted = f"{runner.path}[{','.join(engines)}]"
        folder: Path = settings.RUNNER_WHEELS
        folder.mkdir(parents=True, exist_ok=True)
        for architecture in options["architecture"] or ARCHITECTURES:
            for python in options["python"] or PYTHONS:
                self.stdout.write(f"Python {python} on {architecture} ...")
                self._download(folder, wanted, architecture, python)
        # It is served from where it was built; a copy here would outlive the next build.
        for copy in folder.glob("ondol_runner-*.whl"):
            copy.unlink()
        size = sum(path.stat().st_size for path in folder.glob("*.whl"))
        self.stdout.write(f"{folder} holds {size / 2**20:.0f} MiB of wheels.")

    def _download(self, folder: Path, wanted: str, architecture: str, python: str) -> None:
        platforms = [word for one in _platforms(architecture) for word in ("--platform", one)]
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
        command += ["--quiet", "--only-binary=:all:", "--dest", str(folder), *platforms]
        command += ["--implementation", "cp", "--python-version", python]
        done = subprocess.run(
            [*command, wanted, *FOR_OLDER_PYTHONS], capture_output=True, text=True, check=False
        )
        if done.returncode:
            told = done.stderr.strip().splitlines() or ["pip said nothing."]
            raise CommandError(f"Python {python} on {architecture}: {told[-1]}")


def _platforms(architecture: str) -> Iterator[str]:
    return (f"{glibc}_{architecture}" for glibc in GLIBCS)
