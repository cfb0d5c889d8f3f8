"""How a child is watched: its lines, its end, the wish to stop it."""

from pathlib import Path

import pytest

from portal.core.sandbox import run as sandbox
from portal.core.sandbox import supervisor
from portal.core.sandbox.run import (
    Level,
    SandboxBroken,
    SandboxTooWeak,
    best_level,
    python_argv,
    require_level,
)
from tests.portal.sandbox_probes import ALL, is_free, run_code

at_each_level = pytest.mark.parametrize("level", ALL, ids=lambda level: level.name)


@at_each_level
def test_lines_arrive_while_the_child_runs(level: Level, tmp_path: Path) -> None:
    code = f"""
import os, time
print("waiting", flush=True)
while not os.path.exists({str(tmp_path / "go")!r}):
    time.sleep(0.01)
print("last word", end="")
"""
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        (tmp_path / "go").touch()

    done = run_code(code, level=level, writable=[tmp_path], on_line=on_line)

    assert lines == ["waiting", "last word"]
    assert (done.returncode, done.stdout_tail) == (0, "waiting\nlast word")


@at_each_level
def test_a_graceful_wish_lets_the_child_tidy_up(level: Level) -> None:
    code = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("saved")))
print("started", flush=True)
time.sleep(60)
"""
    started: list[str] = []

    done = run_code(
        code,
        level=level,
        on_line=started.append,
        cancelled=lambda: "graceful" if started else "none",
    )

    assert done.cancelled
    assert (done.returncode, done.stdout_tail) == (0, "started\nsaved\n")


DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""


@at_each_level
def test_an_abort_kills_at_once(level: Level) -> None:
    lines: list[str] = []

    done = run_code(
        DEAF,
        level=level,
        on_line=lines.append,
        cancelled=lambda: "abort" if lines else "none",
        grace_s=60,
    )

    assert (done.cancelled, done.returncode, done.timed_out) == (True, -9, False)


@at_each_level
def test_an_abort_cuts_a_graceful_end_short(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOOK_S", 0.05)
    lines: list[str] = []
    wishes = iter(["graceful", "graceful"])

    done = run_code(
        DEAF,
        level=level,
        on_line=lines.append,
        cancelled=lambda: next(wishes, "abort") if lines else "none",
        grace_s=60,
    )

    assert (done.cancelled, done.returncode) == (True, -9)


@at_each_level
def test_a_child_stopped_before_it_began_is_cancelled(
    level: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LOOK_S", 0)
    monkeypatch.setattr(supervisor, "TICK_S", 0)

    done = run_code("print('began')", level=level, cancelled=lambda: "abort")

    assert (done.cancelled, done.stdout_tail) == (True, "")


@at_each_level
def test_the_return_code_of_a_crash_is_its_signal(level: Level) -> None:
    done = run_code("import os; os.abort()", level=level)

    assert (done.returncode, done.killed_by_limit) == (-6, "")


def test_a_flood_of_output_is_kept_within_bounds() -> None:
    lines: list[str] = []
    code = "import sys; [sys.stdout.write('x' * 2**20) for _ in range(50)]; print('end')"

    done = run_code(code, on_line=lines.append)

    assert done.returncode == 0
    assert len(done.stdout_tail) == 2**16
    assert done.stdout_tail.endswith("xend\n")
    assert [len(line) for line in lines] == [2**20]


def test_when_a_listener_fails_the_child_dies(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = f"""
import fcntl, time
held = open({str(lock)!r}, "wb")
fcntl.flock(held, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)
"""

    def on_line(_: str) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        run_code(code, writable=[tmp_path], on_line=on_line)

    assert is_free(lock)


def test_what_the_child_kept_for_itself_is_cleared_away() -> None:
    done = run_code(
        "import os; open('left', 'w'); os.mkdir('shut', 0); print(os.getcwd())",
        level=Level.RLIMITS,
    )

    assert done.returncode == 0
    assert not Path(done.stdout_tail.strip()).exists()


@at_each_level
def test_the_engines_run_within_the_default_limits(level: Level) -> None:
    code = """
import numpy, onnxruntime, openvino, torch
print(int(torch.ones(256, 256).mm(torch.ones(256, 256)).sum()), openvino.Core().available_devices)
from onnx import helper
node = helper.make_node("Relu", ["x"], ["y"])
value = lambda name: helper.make_tensor_value_info(name, 1, [2])
graph = helper.make_graph([node], "g", [value("x")], [value("y")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
session = onnxruntime.InferenceSession(model.SerializeToString())
print(session.run(None, {"x": numpy.array([-1, 2], "float32")})[0].tolist())
compiled = openvino.compile_model(openvino.Core().read_model(model.SerializeToString()), "CPU")
print(compiled(numpy.array([-1, 2], "float32"))[0].tolist())
"""
    done = run_code(code, level=level)

    assert done.returncode == 0, done.stderr_tail
    assert done.stdout_tail.splitlines() == ["16777216 ['CPU']", "[0.0, 2.0]", "[0.0, 2.0]"]


@at_each_level
def test_our_own_modules_can_be_run(level: Level) -> None:
    code = "import ondol_runner.protocol, repository.readers.formats, jobs; print('found')"

    assert run_code(code, level=level).stdout_tail == "found\n"


def test_the_callers_variables_reach_the_child() -> None:
    code = "import os; print(os.environ['OMP_NUM_THREADS'])"

    assert run_code(code, env={"OMP_NUM_THREADS": "1"}).stdout_tail == "1\n"


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_code("pass", readable=[tmp_path / "nothing"])


def test_without_bubblewrap_its_level_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SandboxBroken):
        run_code("pass", level=Level.BUBBLEWRAP)


def test_the_best_level_is_the_first_that_works() -> None:
    assert best_level() is ALL[0]
    assert require_level(Level.RLIMITS) is ALL[0]


def test_a_sandbox_worse_than_allowed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "best_level", lambda: Level.RLIMITS)

    with pytest.raises(SandboxTooWeak, match="ONDOL_SANDBOX_WORST"):
        run_code("pass", worst=Level.LANDLOCK)


def test_python_argv_names_our_interpreter() -> None:
    assert python_argv("a.module", "x")[1:] == ["-m", "a.module", "x"]
    assert Path(python_argv("a.module")[0]).is_absolute()
