import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ondol import cli, places
from ondol_runner.protocol import FinishRequest, decode

from jobs.models import Job
from jobs.services.benchmarks import finalize, finish
from jobs.types import PRIORITIES, Urgency
from tests.client.conftest import Desk
from tests.jobs.scene import benchmark_job, connect, granted, result
from tests.jobs.tiny import tiny_model

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.cli, words, catch_exceptions=True)


@pytest.fixture
def model(desk: Desk, tmp_path: Path) -> str:
    path = tmp_path / "model.onnx"
    path.write_bytes(tiny_model())
    words = ["--service-type", "image-classification", "--context", "검침", "-m", "first"]
    done = run("push", "olga/meter", str(path), *words)
    assert done.exit_code == 0, done.output
    return "olga/meter"


def test_a_login_is_remembered_for_its_owner_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONDOL_URL")
    monkeypatch.delenv("ONDOL_TOKEN")
    assert isinstance(run("whoami").exception, cli.OndolError)
    assert "as olga" in run("login", desk.url, "--token", desk.token).output
    assert run("whoami").output == "olga\n"
    kept = places.folder() / "login.json"
    assert kept.stat().st_mode & 0o077 == 0
    with pytest.raises(cli.OndolError):
        places.login("https://elsewhere.example")
    run("logout")
    assert not kept.exists()


def test_a_wrong_token_is_not_remembered(desk: Desk) -> None:
    done = run("login", desk.url, "--token", "hf_" + "x" * 37)
    assert isinstance(done.exception, cli.OndolError)
    assert done.exception.status == 401
    assert not (places.folder() / "login.json").exists()


def test_what_was_pushed_is_listed_shown_and_pulled(model: str, tmp_path: Path) -> None:
    (row,) = json.loads(run("models", "list", "--json").output)
    assert (row["id"], row["contexts"][0]["slug"]) == (model, "meter-reading")
    assert "onnx:fp32" in run("models", "show", model).output
    done = run("pull", model, "--to", str(tmp_path / "copy"))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "copy" / "model.onnx").read_bytes() == tiny_model()


def test_a_model_leaves_and_comes_as_an_archive(model: str, tmp_path: Path) -> None:
    path = tmp_path / "meter.ondol.zip"
    assert run("export", model, "--to", str(path)).exit_code == 0
    assert "olga/copy  1 versions, 1 device files" in run("import", str(path), "olga/copy").output
    assert "onnx:fp32" in run("models", "show", "olga/copy").output

    path.write_bytes(path.read_bytes()[:-30])
    assert isinstance(run("import", str(path), "olga/cut").exception, cli.WrongBytes)
    assert not list(tmp_path.glob("*.part"))


def test_a_snapshot_of_a_hugging_face_client_becomes_a_model(desk: Desk, tmp_path: Path) -> None:
    root = tmp_path / "models--acme--gate"
    snapshot = root / "snapshots" / "ab12"
    for folder in (snapshot, root / "blobs", root / "refs"):
        folder.mkdir(parents=True)
    (root / "refs" / "main").write_text("ab12")
    (root / "blobs" / "1").write_text("---\nlicense: mit\ntags: [night]\n---\n# Gate\n")
    (root / "blobs" / "2").write_bytes(tiny_model())
    (snapshot / "README.md").symlink_to(root / "blobs" / "1")
    (snapshot / "model.onnx").symlink_to(root / "blobs" / "2")

    done = run("import", str(root), "olga/gate")

    assert done.exit_code == 0, done.output
    row = json.loads(run("models", "show", "olga/gate", "--json").output)
    assert (row["license"], [word["slug"] for word in row["contexts"]]) == ("mit", ["night"])
    assert "onnx:fp32" in run("models", "show", "olga/gate").output
    (snapshot / "leak.txt").symlink_to("/etc/hostname")
    assert "out of the folder" in str(run("import", str(root), "olga/gate").exception)


def test_filters_narrow_the_list(model: str) -> None:
    assert model in run("models", "list", "--format", "onnx").output
    assert run("models", "list", "--format", "openvino").output == ""


def test_a_conversion_nothing_leads_to_names_the_reason(model: str) -> None:
    done = run("convert", model, "--to", "gguf:fp16")
    assert isinstance(done.exception, cli.OndolError)
    assert done.exception.code == "no_such_conversion"


def test_a_device_that_is_not_there_is_named_with_those_that_are(model: str) -> None:
    done = run("benchmark", model, "--artifact", "onnx", "--device", "nowhere")
    assert "There is no device 'nowhere'" in str(done.exception)


@pytest.mark.parametrize(("limit", "code"), [("2.05", cli.TOO_SLOW), ("30", 0)])
def test_a_measurement_above_the_limit_ends_with_a_code_of_its_own(
    model: str, desk: Desk, limit: str, code: int
) -> None:
    board = connect(desk.user)
    words = ["--artifact", "onnx", "--device", "board", "--max-p95", limit]
    with ThreadPoolExecutor() as pool:
        gate = pool.submit(run, "benchmark", model, *words)
        while not (job := Job.objects.first()):
            assert not gate.done(), gate.result().output
            time.sleep(0.05)
        attempt, _ = granted(job, board, started=True)
        said = {"epoch": 1, "outcome": "succeeded", "log_size": 0}
        report = {**said, "result": result([[2.0, 2.1, 2.0]] * 3)}
        finish(attempt, decode(FinishRequest, report), "key")
        finalize(job.pk)
    done = gate.result()
    assert done.exit_code == code, done.output
    assert "p95 2.100 ms, 9 samples" in done.output


def test_a_waiting_job_is_put_behind_the_others(desk: Desk) -> None:
    job = benchmark_job(desk.user, connect(desk.user))
    assert f"{job.pk}" in run("jobs", "urgency", str(job.pk), "low").output
    job.refresh_from_db()
    assert job.priority == PRIORITIES[Urgency.LOW]
    refused = run("jobs", "urgency", str(job.pk), "high").exception
    assert isinstance(refused, cli.OndolError)
    assert refused.code == "may_not_hurry"


def test_a_refusal_is_one_line_and_an_exit_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["ondol", "models", "show", "olga/nothing"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("ondol: ")
    assert said.count("\n") == 1
