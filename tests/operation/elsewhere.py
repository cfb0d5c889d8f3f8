"""A server of its own in another process: commands run there as its administrator would."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests.cast import PASSWORD

LINES = """
import sys, json, django
from django.core.management import call_command
django.setup()
for command in json.loads(sys.argv[1]):
    call_command(*command)
"""


def manage(home: Path, *commands: list[str]) -> str:
    """Run commands one after the other on the embedded server of a folder; return their output."""
    home.mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "portal.settings.base",
        "ONDOL_HOME": str(home),
        "ONDOL_SECRET_KEY": "x" * 50,
        "ONDOL_ADMIN_PASSWORD": PASSWORD,
    }
    line = [sys.executable, "-c", LINES, json.dumps(commands)]
    done = subprocess.run(
        line,
        cwd=settings.REPOSITORY_ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
