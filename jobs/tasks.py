"""Background work of jobs. A message is a hint to look; the rows say what there is to do."""

from jobs.services import benchmarks, conversion_runs
from jobs.types import Task
from portal.core.background import background


@background(Task.RUN_CONVERSION)
def run_conversion(*, job_id: int) -> None:
    del job_id
    conversion_runs.run_conversions()


@background(Task.FINALIZE_BENCHMARK)
def finalize_benchmark(*, job_id: int) -> None:
    benchmarks.finalize(job_id)
