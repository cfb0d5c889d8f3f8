"""Everything a program does with Ondol: the same verbs as the portal and the REST API."""

import dataclasses
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ondol import places, releases
from ondol.downloads import digest_under, fetch, place_of
from ondol.errors import JobFailed, OndolError, WrongBytes
from ondol.server import Server
from ondol.uploads import forget, upload

if TYPE_CHECKING:
    from typing_extensions import Self

ENDED = frozenset({"succeeded", "failed", "cancelled", "expired", "quarantined"})
POLL_S = 0.5
OID = re.compile(r"[0-9a-f]{40}")
Row = dict[str, Any]
Progress = Callable[[str, int, int], None]
"""Told the name of a file, the bytes that are safe and the bytes in all."""


def _quiet(_name: str, _done: int, _all: int) -> None:
    return


class Client:
    """One server, one person's token. Rows are the JSON of `/api/docs`, as they come."""

    def __init__(self, url: str = "", token: str = "") -> None:
        """Use what is given, else `ondol login`, ONDOL_URL and ONDOL_TOKEN."""
        self.server = Server(*places.login(url, token))

    def __enter__(self) -> "Self":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.server.close()

    def whoami(self) -> Row:
        found: Row = self.server.get("/me")
        return found

    def models(self, **filters: Any) -> Iterator[Row]:
        """Yield models, the newest first; filters are those of `GET /api/v1/models`."""
        given = {name: value for name, value in filters.items() if value not in (None, "", ())}
        return self.server.pages("/models", **given)

    def search(self, words: str) -> list[Row]:
        """Return the models that fit a situation, the best first, with the reasons."""
        found: list[Row] = self.server.get("/search", q=words)["results"]
        return found

    def model(self, model_id: str) -> Row:
        found: Row = self.server.get(f"/models/{model_id}")
        return found

    def artifacts(self, model_id: str, ref: str = "main") -> list[Row]:
        found: list[Row] = self.server.get(f"/models/{model_id}/artifacts", ref=ref)["results"]
        return found

    def artifact(self, model_id: str, form: str, ref: str = "main") -> Row:
        """Return the newest device file of a form such as `onnx` or `onnx:int8`."""
        format_, _, precision = form.partition(":")
        rows = [
            row
            for row in self.artifacts(model_id, ref)
            if row["format"] == format_ and precision in ("", row["precision"])
        ]
        if not rows:
            raise OndolError(f"{model_id} has no device file {form}.", code="no_such_artifact")
        return rows[-1]

    def push(
        self,
        model_id: str,
        files: Mapping[str, Path],
        *,
        message: str = "Push",
        register: Mapping[str, Any] | None = None,
        usage: Mapping[str, Any] | None = None,
        progress: Progress = _quiet,
    ) -> Row:
        """Commit files by path; `register` says what to register a new model with."""
        sent = [
            {"path": path, "upload_id": self.upload(file, path, progress)}
            for path, file in files.items()
        ]
        # Not before: a model whose files are refused would stand there empty.
        if self.server.find(f"/models/{model_id}") is None:
            owner, _, name = model_id.partition("/")
            self.server.post("/models", {"owner": owner, "name": name, **(register or {})})
        body: Row = {"message": message, "files": sent}
        if usage is not None:
            body["usage"] = dict(usage)
        made: Row = self.server.post(f"/models/{model_id}/commits", body)
        for path, file in files.items():
            forget(self.server, file, PurePosixPath(path).name)
        return made

    def upload(self, file: Path, name: str = "", progress: Progress = _quiet) -> str:
        """Send one file, going on where an earlier process stopped; return the upload's id."""
        shown = name or file.name

        def report(done: int, size: int) -> None:
            progress(shown, done, size)

        return upload(self.server, file, report, name=PurePosixPath(shown).name)

    def pull(
        self,
        model_id: str,
        folder: Path,
        *,
        ref: str = "main",
        artifact: str = "",
        progress: Progress = _quiet,
        pins: releases.Pins = releases.NO_PINS,
    ) -> list[Path]:
        """Bring a version's files, or those of one device file, verified; return where they are.

        Files that may run code are left out: `ondol models show` names them. With pinned
        keys nothing is brought, and NotSigned raised, unless one of them signed exactly these
        files as this version of the model.
        """
        if pins.keys:
            ref = self._version(model_id, ref)
        rows = self._files(model_id, ref, artifact)
        if pins.keys:
            told = {row["path"]: row["sha256"] for row in rows}
            release = releases.Release(pins.signed_as or model_id, ref, told)
            given = self._signatures(model_id, ref)
            releases.check(release, given, pins.keys, part=bool(artifact))
            # A path that is told twice is one file: the one that was signed.
            rows = [row for row in rows if told.pop(row["path"], "") == row["sha256"]]
        return [self._bring(row, folder, progress) for row in rows]

    def sign(
        self, model_id: str, folder: Path, key: Path, *, ref: str = "main", artifact: str = ""
    ) -> releases.Release:
        """Sign a version, or one device file, as it lies in a folder, and leave that here.

        The digests are those of the folder. Raises WrongBytes where the server has other bytes.
        """
        private = releases.read_key(key)
        version = self._version(model_id, ref)
        rows = self._files(model_id, version, artifact)
        own = {row["path"]: digest_under(folder, row["path"]) for row in rows}
        if odd := [row["path"] for row in rows if own[row["path"]] != row["sha256"]]:
            raise WrongBytes(f"{odd[0]}: the server has other bytes than {folder}. Not signed.")
        release = releases.Release(model_id, version, own)
        signed = dataclasses.asdict(releases.sign(private, release))
        self.server.post(f"/models/{model_id}/revisions/{version}/signatures", signed)
        return release

    def _version(self, model_id: str, ref: str) -> str:
        # An id that was asked for in full is the one to be had, whatever the server says.
        if OID.fullmatch(ref):
            return ref
        return str(self.server.get(f"/models/{model_id}/revisions/{ref}")["id"])

    def _files(self, model_id: str, ref: str, artifact: str) -> list[Row]:
        if artifact:
            found: list[Row] = self.artifact(model_id, artifact, ref)["files"]
            return found
        listed = self.server.get(f"/models/{model_id}/files", ref=ref)["results"]
        return [row for row in listed if row["status"] == "accepted"]

    def _signatures(self, model_id: str, version: str) -> list[releases.Signed]:
        rows = self.server.get(f"/models/{model_id}/revisions/{version}/signatures")["results"]
        return [releases.Signed(row["key"], row["statement"], row["signature"]) for row in rows]

    def _bring(self, row: Row, folder: Path, progress: Progress) -> Path:
        target = place_of(folder, row["path"])
        fetch(
            self.server,
            target,
            sha256=row["sha256"],
            size=row["size_bytes"],
            report=lambda done, size: progress(row["path"], done, size),
        )
        return target

    def convert(
        self, model_id: str, to: str, *, source: str = "", test_data: int | None = None
    ) -> Row:
        """Ask for a conversion to a form such as `onnx:int8`; return the queued job."""
        format_, _, precision = to.partition(":")
        chosen = self.artifact(model_id, source) if source else self._uploaded(model_id)
        body: Row = {
            "kind": "convert",
            "artifact": chosen["id"],
            "target": {"format": format_, "precision": precision or "fp32"},
            "evaluation_set": test_data,
        }
        job: Row = self.server.post("/jobs", body)
        return job

    def _uploaded(self, model_id: str) -> Row:
        rows = [row for row in self.artifacts(model_id) if row["origin"] == "uploaded"]
        if not rows:
            raise OndolError(f"{model_id} has no file to convert.", code="no_such_artifact")
        return rows[0]

    def benchmark(
        self,
        model_id: str,
        artifact: str,
        device: str = "",
        *,
        engine: str = "",
        abilities: Sequence[str] = (),
        threads: int = 1,
    ) -> Row:
        """Ask a device, by name or id, to measure a device file; return the queued job.

        Without a device, any takes it that has the engine and the abilities: `memory>=4` (GiB),
        `cores>=8`, `accelerator=NAME`, or words of its specs.
        """
        body = {
            "kind": "benchmark",
            "artifact": self.artifact(model_id, artifact)["id"],
            "engine": engine,
            "threads": threads,
        }
        body |= {"device": self._device(device)} if device else {"abilities": list(abilities)}
        job: Row = self.server.post("/jobs", body)
        return job

    def _device(self, wanted: str) -> str:
        rows = self.server.get("/devices")["results"]
        for row in rows:
            if wanted in (row["name"], row["id"]):
                return str(row["id"])
        names = ", ".join(row["name"] for row in rows) or "none"
        raise OndolError(f"There is no device '{wanted}'. Attached: {names}.", code="no_device")

    def figures_of(self, job: Row) -> Row:
        """Return what a benchmark job measured."""
        for row in self.server.get(f"/models/{job['model']}/benchmarks")["results"]:
            if row["job"] == job["id"]:
                found: Row = row
                return found
        raise OndolError(f"Job {job['id']} has no figures.", code="no_figures")

    def jobs(self, **filters: Any) -> Iterator[Row]:
        return self.server.pages("/jobs", **filters)

    def job(self, job_id: int) -> Row:
        found: Row = self.server.get(f"/jobs/{job_id}")
        return found

    def cancel(self, job_id: int) -> Row:
        found: Row = self.server.post(f"/jobs/{job_id}/cancel")
        return found

    def set_urgency(self, job_id: int, urgency: str) -> Row:
        """Put a waiting job before (`high`), with or behind (`low`) the jobs of everybody."""
        found: Row = self.server.patch(f"/jobs/{job_id}", {"urgency": urgency})
        return found

    def follow(self, job_id: int) -> Iterator[tuple[Row, bytes]]:
        """Yield a job and what its log gained, until it ended; losing the network loses nothing."""
        offset = 0
        while True:
            job = self.job(job_id)
            content = self.server.call("GET", f"/jobs/{job_id}/log", params={"offset": offset})
            offset += len(content.content)
            yield job, content.content
            if job["state"] in ENDED and not content.content:
                return
            if not content.content:
                time.sleep(POLL_S)

    def wait(self, job_id: int) -> Row:
        """Return a job that succeeded; raise JobFailed with its reason if it ended otherwise."""
        *_, (job, _log) = self.follow(job_id)
        return succeeded(job)


def succeeded(job: Row) -> Row:
    if job["state"] != "succeeded":
        failure = job["failure"] or {"reason": job["state"], "message": job["state"]}
        raise JobFailed(f"{job['title']}: {failure['message']}", code=failure["reason"])
    return job
