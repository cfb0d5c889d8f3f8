"""Files that come in chunks, as Xet clients send them: put together at once, kept as plain blobs.

Only the way in: downloads are plain files, so nobody needs the chunks once their files are whole.
"""

import errno
import json
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings

from portal.accounts.models import User
from portal.core.errors import Invalid
from portal.core.sandbox.run import Level, Limits, python_argv, run
from repository.services.arrivals import expect_blob, take_arrival
from repository.services.incoming import KEEP_S, incoming_folder

XORB_BYTES = 2**26 + 2**20
SHARD_BYTES = 2**26


class WrongShard(Invalid):
    code = "wrong_shard"


def session_folder(session: str) -> Path:
    """Return the folder of one upload, made when it is first needed."""
    folder = incoming_folder() / f"xet-{session}"
    folder.mkdir(exist_ok=True)
    return folder


def receive_shard(user: User, owner: str, session: str, shard: Path) -> list[str]:
    """Put together the files of a shard from the chunks that came; return their digests.

    The work is done in the sandbox: chunks are bytes that nobody vouches for.
    """
    xorbs = session_folder(session)
    # A pause of the client must not end its session while a shard is worked on.
    xorbs.touch()
    with tempfile.TemporaryDirectory(dir=incoming_folder(), prefix="out-") as folder:
        out = Path(folder)
        built = _build(shard, xorbs, out)
        for row in built:
            upload = expect_blob(user, row["sha256"], row["size_bytes"], owner=owner)
            take_arrival(upload, out / row["sha256"])
    return [row["sha256"] for row in built]


def _build(shard: Path, xorbs: Path, out: Path) -> list[dict[str, Any]]:
    lines: list[str] = []
    most = settings.ENV.upload_limit_bytes
    completed = run(
        python_argv("repository.xet", str(shard), str(xorbs), str(out)),
        readable=[shard, xorbs],
        writable=[out],
        limits=Limits(memory_bytes=2**30, wall_s=KEEP_S, file_bytes=most, disk_bytes=most),
        on_line=lines.append,
        worst=Level(settings.ENV.sandbox_worst),
    )
    said = [json.loads(line) for line in lines]
    if completed.returncode != 0:
        last = said[-1] if said else {}
        if last.get("errno") in {errno.ENOSPC, errno.EDQUOT}:
            raise OSError(last["errno"], last["error"])
        why = last.get("error", "")
        raise WrongShard(f"The chunks do not make whole files. Upload again. {why}".strip())
    return said
