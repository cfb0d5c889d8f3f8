"""Background work of jobs. A message is a hint to look; the rows say what there is to do."""

from jobs.services import benchmarks, conversion_runs
from jobs.services.worker_names import worker_name
from jobs.types import Task
from portal.core.background import at_start_of_worker, background

# Taken later, it might be the name of a worker that died.
at_start_of_worker(worker_name)


@background(Task.RUN_CONVERSION)
def run_conversion(*, job_id: int) -> None:
    del job_id
    conversion_runs.run_conversions()


@background(Task.FINALIZE_BENCHMARK)
def finalize_benchmark(*, job_id: int) -> None:
    benchmarks.finalize(job_id)
