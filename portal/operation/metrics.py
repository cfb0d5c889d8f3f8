"""The state of the server in Prometheus' text format.

Every figure is read from the database when asked, so any number of processes tell the same.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portal.operation.state import Parts, SystemState, system_parts, system_state
from repository.search.types import Health

PLAIN = {
    "outbox_waiting": ("ondol_outbox_messages", "Background work that is not done yet."),
    "outbox_oldest_s": ("ondol_outbox_oldest_seconds", "Age of the oldest of it."),
    "outbox_failing": ("ondol_outbox_failing", "Of it, what failed at least once."),
    "janitor_age_s": ("ondol_janitor_age_seconds", "Since the janitor's last finished round."),
    "janitor_left_out": ("ondol_janitor_left_out", "Rows it could not work on in that round."),
    "models": ("ondol_models", "Registered models."),
    "people": ("ondol_people", "Active accounts."),
    "devices": ("ondol_devices", "Connected devices."),
    "devices_online": ("ondol_devices_online", "Devices heard of just now."),
    "blobs": ("ondol_blobs", "Distinct contents kept."),
    "blob_bytes": ("ondol_blob_bytes", "Bytes of all contents."),
    "damaged_blobs": ("ondol_damaged_blobs", "Contents that are not what their digest says."),
    "disk_free_bytes": ("ondol_disk_free_bytes", "Free bytes on the disk of ONDOL_HOME."),
    "disk_total_bytes": ("ondol_disk_total_bytes", "Size of that disk in bytes."),
}


class StateCollector(Collector):
    def __init__(self, state: SystemState, parts: Parts) -> None:
        self._state = state
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("ondol_info", "Versions.", labels=["ondol", "python", "database"])
        info.add_metric([self._parts.ondol, self._parts.python, self._parts.database], 1)
        yield info
        told = "1 for how the search index is, of ready, read_only, unfilled and away."
        search = GaugeMetricFamily("ondol_search_index", told, labels=["health"])
        for health in Health:
            search.add_metric([health], float(health == self._parts.search_health))
        yield search
        for field, (name, told) in PLAIN.items():
            value = getattr(self._state, field)
            if value is not None:
                yield GaugeMetricFamily(name, told, value)
        if self._state.last_backup_at is not None:
            name, told = "ondol_last_backup_timestamp_seconds", "When the last backup was made."
            yield GaugeMetricFamily(name, told, self._state.last_backup_at.timestamp())
        labels = ["kind", "state"]
        jobs = GaugeMetricFamily("ondol_jobs", "Jobs that have not ended.", labels=labels)
        oldest = GaugeMetricFamily("ondol_oldest_job_seconds", "Age of the oldest.", labels=labels)
        for queue in self._state.queues:
            jobs.add_metric([queue.kind, queue.state], queue.jobs)
            oldest.add_metric([queue.kind, queue.state], queue.oldest_s)
        yield from (jobs, oldest)


def render_metrics() -> bytes:
    registry = CollectorRegistry()
    registry.register(StateCollector(system_state(), system_parts()))
    return generate_latest(registry)
