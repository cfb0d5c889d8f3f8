"""Speed of the rows: a commit of 1,000 files, and a page of a list of 100,000 models."""

import os
import tempfile

from tests.bench.report import Ratio


def bench() -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="ondol-bench-") as home:
        os.environ |= {"ONDOL_HOME": home, "DJANGO_SETTINGS_MODULE": "portal.settings.base"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_reference", verbosity=0)
        from tests.bench.catalog_runs import commits, lists

        return [*commits(), *lists()]
