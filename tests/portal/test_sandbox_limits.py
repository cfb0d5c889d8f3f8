"""Memory, time, files and processes are bounded at every level."""

from pathlib import Path

import pytest

from portal.core.sandbox.run import Level, Limits
from tests.portal.sandbox_probes import ALL, FENCED, is_free, run_code

pytestmark = pytest.mark.parametrize("level", ALL, ids=lambda level: level.name)
MIB = 2**20


def test_memory_beyond_the_limit_is_refused(level: Level) -> None:
    limits = Limits(memory_bytes=300 * MIB)

    done = run_code("b = bytearray(600 * 2**20); print(len(b))", level=level, limits=limits)

    assert (done.returncode, done.stdout_tail, done.killed_by_limit) == (1, "", "memory")


def test_memory_within_the_limit_is_given(level: Level) -> None:
    limits = Limits(memory_bytes=300 * MIB)

    assert run_code("bytearray(100 * 2**20)", level=level, limits=limits).returncode == 0


def test_a_file_cannot_grow_beyond_its_limit(level: Level, tmp_path: Path) -> None:
    code = f"""
with open({str(tmp_path / "big")!r}, "wb") as big:
    for _ in range(64):
        big.write(bytes(2**20))
        big.flush()
"""
    limits = Limits(file_bytes=8 * MIB)

    done = run_code(code, level=level, writable=[tmp_path], limits=limits)

    assert done.killed_by_limit == "file_size"
    assert (tmp_path / "big").stat().st_size <= 8 * MIB


def test_many_files_cannot_fill_the_disk(level: Level, tmp_path: Path) -> None:
    code = f"""
import pathlib, time
for number in range(12):
    (pathlib.Path({str(tmp_path)!r}) / str(number)).write_bytes(bytes(2**20))
time.sleep(60)
"""
    limits = Limits(disk_bytes=8 * MIB)

    done = run_code(code, level=level, writable=[tmp_path], limits=limits)

    assert (done.killed_by_limit, done.returncode) == ("disk", -9)


def test_folders_nested_without_end_are_an_excess(level: Level) -> None:
    code = """
import os
for _ in range(2000):
    os.mkdir("deep")
    os.chdir("deep")
"""
    assert run_code(code, level=level).killed_by_limit == "disk"


def test_a_fork_bomb_stops_at_the_limit(level: Level) -> None:
    code = """
import os, time
for count in range(500):
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        break
print(count)
"""
    done = run_code(code, level=level, limits=Limits(processes=20))

    assert 0 < int(done.stdout_tail) <= 20


def test_processor_time_is_bounded(level: Level) -> None:
    done = run_code("while True: pass", level=level, limits=Limits(cpu_s=1, wall_s=60))

    assert done.killed_by_limit == "cpu"
    assert not done.timed_out


def test_a_child_that_sleeps_too_long_is_ended(level: Level) -> None:
    done = run_code("import time; time.sleep(60)", level=level, limits=Limits(wall_s=0.5))

    assert done.timed_out
    assert (done.returncode, done.killed_by_limit) == (-15, "")


def test_a_child_deaf_to_sigterm_dies_with_its_grandchildren(level: Level, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    leave = "os.setsid()" if level in FENCED else "pass"
    code = f"""
import fcntl, os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    try:
        {leave}
    except PermissionError:
        pass
    held = open({str(lock)!r}, "wb")
    fcntl.flock(held, fcntl.LOCK_EX)
    print("locked", flush=True)
time.sleep(60)
"""
    done = run_code(code, level=level, writable=[tmp_path], limits=Limits(wall_s=1), grace_s=0.3)

    assert (done.timed_out, done.returncode, done.stdout_tail) == (True, -9, "locked\n")
    assert is_free(lock)


def test_a_grandchild_does_not_outlive_a_child_that_ends(level: Level, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = f"""
import fcntl, os, time
read_end, write_end = os.pipe()
if os.fork() == 0:
    held = open({str(lock)!r}, "wb")
    fcntl.flock(held, fcntl.LOCK_EX)
    os.write(write_end, b"1")
    time.sleep(60)
os.read(read_end, 1)
"""
    done = run_code(code, level=level, writable=[tmp_path])

    assert done.returncode == 0
    assert is_free(lock)
