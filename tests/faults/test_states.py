"""What Hypothesis makes of jobs, attempts and leases; `make soak ONLY=states` tries many more."""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from portal.accounts.models import User
from tests.cast import people
from tests.faults.machine import Dispatch

EXAMPLES = int(os.environ.get("ONDOL_SOAK_EXAMPLES", "4"))


class Rolled(Dispatch):
    """A machine whose every example is rolled back."""

    def cast_owner(self) -> User:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        return people().olga

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            if hasattr(self, "atomic"):
                transaction.set_rollback(True)
                self.atomic.__exit__(None, None, None)


@pytest.mark.django_db
def test_no_order_of_calls_breaks_a_promise() -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=quiet,
        derandomize="ONDOL_SOAK_EXAMPLES" not in os.environ,
    )
    run_state_machine_as_test(Rolled, settings=chosen)
