"""`manage.py janitor`: the sweeping loop; any number may run."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from jobs.services.janitor import run_round

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Take back what went silent, end what cannot run, send again what was lost; for ever."

    def handle(self, *_: Any, **__: Any) -> None:
        over = threading.Event()
        for wanted in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wanted, lambda *_: over.set())
        while not over.is_set():
            try:
                run_round()
            except DatabaseError:
                logger.exception("a round failed, the next one tries again")
                connections.close_all()
            over.wait(settings.ENV.janitor_every_s)
