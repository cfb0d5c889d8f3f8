"""Names that git gives to bytes: Hugging Face clients compare files by them."""

import hashlib
from pathlib import Path

LARGE_BYTES = 8 * 2**20
"""A file above this is shown as git-lfs would keep it: a pointer in git, its bytes beside it."""


def is_large(size_bytes: int) -> bool:
    return size_bytes > LARGE_BYTES


def oid_of_file(path: Path) -> str:
    """Return what `git hash-object` says of a small file."""
    return oid_of(path.read_bytes())


def oid_of(content: bytes) -> str:
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


def pointer_of(sha256: str, size_bytes: int) -> bytes:
    """Return the text that git-lfs commits in place of a large file."""
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size_bytes}\n"
    return text.encode()
