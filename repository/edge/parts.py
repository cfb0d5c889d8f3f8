"""Writing the bytes of an upload to its file: exactly where it ends, safe before we say so."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Any

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request

from portal.core.errors import Conflict, Invalid
from portal.core.http.streams import TooManyBytes, batches
from repository.blobs.hashing import running_digests
from repository.edge.tus_headers import Checksum
from repository.models import UploadSession
from repository.services.uploads import part_path


class UploadBusy(Conflict):
    code = "upload_busy"


class ChecksumMismatch(Invalid):
    code = "checksum_mismatch"


@contextmanager
def only_writer(upload: UploadSession) -> Iterator[FileIO]:
    """Hold the file of an upload for one request at a time."""
    with part_path(upload).open("ab", buffering=0) as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusy(
                "Another request is sending this upload. Try again shortly."
            ) from error
        yield part


@dataclass
class Receiver:
    """Takes the body of one request into the file of an upload.

    What arrived before the connection was cut is kept, unless the request promised a checksum:
    then it is all of the body or nothing.
    """

    upload: UploadSession
    part: FileIO
    start: int
    checksum: Checksum | None

    async def receive(self, request: Request) -> int:
        """Write the body as it comes and return the offset that is safe on the disk.

        Refuses more bytes than were announced, a body that does not match its checksum, and what
        the disk has no room for; the file is as before then.
        """
        self._refuse_announced(request)
        running = self.checksum.start() if self.checksum else None
        try:
            end, whole = await self._write_all(request, running)
            self._check(running, whole=whole)
            await anyio.to_thread.run_sync(os.fsync, self.part.fileno())
        except (OSError, TooManyBytes, ChecksumMismatch):
            self._undo()
            raise
        return end

    async def _write_all(self, request: Request, running: Any) -> tuple[int, bool]:
        end = self.start
        try:
            async for batch in batches(request):
                if end + len(batch) > self.upload.size_bytes:
                    raise self._too_many()
                await anyio.to_thread.run_sync(self._write, end, batch, running)
                end += len(batch)
        except ClientDisconnect:
            return end, False
        return end, True

    def _write(self, offset: int, batch: bytes, running: Any) -> None:
        left = memoryview(batch)
        while left:
            left = left[self.part.write(left) :]
        running_digests.feed(self.upload.pk, offset, batch)
        if running is not None:
            running.update(batch)

    def _check(self, running: Any, *, whole: bool) -> None:
        if self.checksum and (not whole or running.digest() != self.checksum.digest):
            raise ChecksumMismatch("The bytes do not match Upload-Checksum. Send them again.")

    def _refuse_announced(self, request: Request) -> None:
        announced = request.headers.get("Content-Length", "")
        if announced.isdigit() and self.start + int(announced) > self.upload.size_bytes:
            raise self._too_many()

    def _too_many(self) -> TooManyBytes:
        return TooManyBytes(
            f"More bytes came than the {self.upload.size_bytes} that Upload-Length announced."
        )

    def _undo(self) -> None:
        running_digests.forget(self.upload.pk)
        self.part.truncate(self.start)
