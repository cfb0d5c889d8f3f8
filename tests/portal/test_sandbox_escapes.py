"""What a hostile child tries, and what each level promises against it."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from portal.core.sandbox import landlock
from portal.core.sandbox.run import Level, run
from tests.portal.sandbox_probes import ALL, FENCED, bystander, run_code

at_each_level = pytest.mark.parametrize("level", ALL, ids=lambda level: level.name)
at_fenced_levels = pytest.mark.parametrize("level", FENCED, ids=lambda level: level.name)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("canary")
    path.chmod(0o644)
    return path


def test_this_machine_has_at_least_one_level() -> None:
    assert ALL


@at_fenced_levels
def test_a_file_that_was_not_given_cannot_be_read(level: Level, secret: Path) -> None:
    for path in (secret, Path("/etc/shadow"), Path("/etc/passwd")):
        done = run(["/bin/cat", str(path)], level=level)

        assert done.returncode != 0
        assert done.stdout_tail == ""


@at_each_level
def test_a_file_that_was_given_can_be_read(level: Level, secret: Path) -> None:
    secret.chmod(0o600)

    assert run(["/bin/cat", str(secret)], level=level, readable=[secret]).stdout_tail == "canary"


@at_fenced_levels
def test_a_given_file_does_not_open_its_neighbors(level: Level, secret: Path) -> None:
    neighbor = secret.with_name("neighbor")
    neighbor.write_text("private")

    done = run(["/bin/cat", str(neighbor)], level=level, readable=[secret])

    assert (done.returncode, done.stdout_tail) == (1, "")


@at_fenced_levels
def test_nothing_can_be_written_outside(level: Level, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    given = tmp_path / "given"
    given.write_text("as it was")
    given.chmod(0o666)

    for target in (tmp_path / "new", given, Path(tempfile.gettempdir()) / "ondol-escape"):
        code = f"open({str(target)!r}, 'w').write('escaped')"
        run_code(code, level=level, readable=[given], cwd=Path("/"))

        assert given.read_text() == "as it was"
        assert target == given or not target.exists()


@at_fenced_levels
def test_a_file_cannot_be_shortened_by_its_path(level: Level, secret: Path) -> None:
    secret.chmod(0o666)

    run_code(f"import os; os.truncate({str(secret)!r}, 0)", level=level, readable=[secret])

    assert secret.read_text() == "canary"


@at_each_level
def test_a_writable_folder_takes_files(level: Level, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'made')!r}, 'w').write('here')"

    done = run_code(code, level=level, writable=[tmp_path])

    assert done.returncode == 0, done.stderr_tail
    assert (tmp_path / "made").read_text() == "here"
    assert tmp_path.stat().st_uid == os.getuid()


@at_fenced_levels
def test_a_listener_on_this_machine_is_out_of_reach(level: Level) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"

        assert run_code(code, level=level).returncode != 0

        with pytest.raises(TimeoutError):
            listener.accept()


@at_fenced_levels
def test_no_socket_can_be_opened(level: Level) -> None:
    code = """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):
    try:
        socket.socket(family, socket.SOCK_RAW)
    except PermissionError:
        print("refused")
"""
    assert run_code(code, level=level).stdout_tail.split() == ["refused"] * 4


@at_fenced_levels
def test_another_process_cannot_be_signaled(level: Level) -> None:
    with bystander() as other:
        done = run_code(f"import os; os.kill({other.pid}, 9)", level=level)

        assert other.poll() is None
    assert done.returncode == 1


def test_without_scoped_signals_a_child_signals_only_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if Level.LANDLOCK not in ALL:
        return
    monkeypatch.setattr(landlock, "SCOPE_ABI", landlock.abi() + 1)
    code = """
import os, resource, signal, subprocess
signal.signal(signal.SIGUSR1, lambda *_: print("heard"))
os.kill(os.getpid(), signal.SIGUSR1)
resource.prlimit(0, resource.RLIMIT_CORE)
child = subprocess.Popen(["/bin/sleep", "1"])
try:
    os.kill(child.pid, 0)
except PermissionError:
    print("refused")
"""
    done = run_code(code, level=Level.LANDLOCK)

    assert done.stdout_tail.split() == ["heard", "refused"], done.stderr_tail


@at_fenced_levels
def test_the_limits_of_another_process_cannot_be_changed(level: Level) -> None:
    with bystander() as other:
        code = f"import resource; resource.prlimit({other.pid}, resource.RLIMIT_NOFILE, (0, 0))"

        done = run_code(code, level=level)

    assert done.returncode != 0


@at_fenced_levels
def test_the_environment_of_other_processes_is_hidden(level: Level) -> None:
    code = """
import glob
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        print(open(path).read())
    except OSError:
        pass
"""
    with bystander(TOKEN="canary-of-a-bystander"):
        done = run_code(code, level=level)

    assert "canary-of-a-bystander" not in done.stdout_tail


@at_each_level
def test_nothing_of_ours_is_inherited(
    level: Level, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONDOL_SECRET_KEY", "canary-of-ours")
    code = """
import os, sys
print(sorted(os.environ), len(sys.stdin.read()))
for descriptor in range(3, 100):
    try:
        print(os.fstat(descriptor))
    except OSError:
        pass
"""
    with secret.open() as held:
        os.set_inheritable(held.fileno(), True)  # noqa: FBT003

        done = run_code(code, level=level)

    assert done.returncode == 0, done.stderr_tail
    assert "ONDOL" not in done.stdout_tail
    assert done.stdout_tail.endswith(" 0\n")


@at_fenced_levels
def test_a_call_that_leads_out_is_refused(level: Level) -> None:
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
NEW_USER_NAMESPACE, ATTACH = 0x10000000, 16
calls = [
    lambda: libc.unshare(NEW_USER_NAMESPACE),
    lambda: libc.ptrace(ATTACH, os.getppid(), 0, 0),
    lambda: libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
    lambda: libc.setsid(),
    lambda: libc.memfd_create(b"uncounted", 0),
    lambda: libc.reboot(0),
]
print([(call(), ctypes.get_errno()) for call in calls])
"""
    done = run_code(code, level=level)

    assert done.stdout_tail == f"{[(-1, 1)] * 6}\n", done.stderr_tail


@at_each_level
def test_a_child_cannot_give_itself_more(level: Level) -> None:
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    assert run_code(code, level=level).returncode != 0


@at_each_level
def test_a_module_in_the_working_folder_is_not_imported(level: Level, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("print('hijacked')")

    done = run_code("import json", level=level, cwd=tmp_path, writable=[tmp_path])

    assert (done.returncode, done.stdout_tail) == (0, "")
