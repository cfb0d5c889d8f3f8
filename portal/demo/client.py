"""The public REST API as the demo uses it: what any program of a user would write."""

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

CHUNK = 4 * 2**20
POLL_S = 0.5
PATIENCE_S = 900
ENDED = frozenset({"succeeded", "failed", "cancelled", "expired", "quarantined"})


class DemoFailed(Exception):
    """The demo cannot go on; the sentence says where and why."""


class Client:
    """One server, one API token."""

    def __init__(self, server: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=f"{server}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            follow_redirects=True,
        )

    def get(self, path: str, **params: Any) -> Any:
        return self._read(self._http.get(path, params=params))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._read(self._http.post(path, json=body))

    def find(self, path: str) -> Any | None:
        """Return what is there, or nothing."""
        answer = self._http.get(path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._read(answer)

    def upload(self, path: Path) -> str:
        """Send a file in resumable parts and return the upload's id."""
        name = base64.b64encode(path.name.encode()).decode()
        headers = {
            "Upload-Length": str(path.stat().st_size),
            "Upload-Metadata": f"filename {name}",
            "Tus-Resumable": "1.0.0",
        }
        answer = self._http.post("/uploads", headers=headers)
        self._check(answer)
        upload_id = answer.headers["Location"].rpartition("/")[2]
        offset = 0
        with path.open("rb") as content:
            while part := content.read(CHUNK):
                offset = self._send(upload_id, offset, part)
        state = self.get(f"/uploads/{upload_id}")
        if state["state"] != "accepted":
            raise DemoFailed(f"{path.name} was not accepted: {state['finding']['message']}")
        return upload_id

    def _send(self, upload_id: str, offset: int, part: bytes) -> int:
        headers = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Tus-Resumable": "1.0.0",
        }
        answer = self._http.patch(f"/uploads/{upload_id}", content=part, headers=headers)
        self._check(answer)
        return int(answer.headers["Upload-Offset"])

    def download(self, url: str, target: Path) -> None:
        with self._http.stream("GET", url.removeprefix("/api/v1")) as answer:
            answer.raise_for_status()
            with target.open("wb") as out:
                for part in answer.iter_bytes():
                    out.write(part)

    def wait_for_job(self, job_id: int, report: Callable[[str], None]) -> dict[str, Any]:
        """Follow a job to its end; raise DemoFailed unless it succeeded."""
        told = ""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            job: dict[str, Any] = self.get(f"/jobs/{job_id}")
            now = f"{job['state']} {job['progress']['step']}".strip()
            if now != told:
                report(now)
                told = now
            if job["state"] == "succeeded":
                return job
            if job["state"] in ENDED:
                failure = job["failure"] or {"message": job["state"]}
                raise DemoFailed(f"job {job_id} ({job['title']}): {failure['message']}")
            time.sleep(POLL_S)
        raise DemoFailed(f"job {job_id} did not end within {PATIENCE_S} s.")

    def _read(self, answer: httpx.Response) -> Any:
        self._check(answer)
        return answer.json()

    @staticmethod
    def _check(answer: httpx.Response) -> None:
        if answer.is_success:
            return
        try:
            said = answer.json()["message"]
        except (ValueError, KeyError):
            said = answer.text[:200]
        raise DemoFailed(f"{answer.request.method} {answer.request.url.path}: {said}")
