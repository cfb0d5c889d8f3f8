"""A torch.export archive is accepted only when opening it can do no more than calculate."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from repository.readers.finding import Finding, Status
from tests.repository.reader_samples import (
    cuts,
    finding_of,
    members,
    mutations,
    pt2_bytes,
    repacked,
    state_dict_bytes,
)

NAME = "model.pt2"
ROOT = next(iter(members(pt2_bytes()))).partition("/")[0]
MODEL = f"{ROOT}/models/model.json"
WEIGHTS = f"{ROOT}/data/weights/model_weights_config.json"
SAMPLES = f"{ROOT}/data/sample_inputs/model.pt"


def finding_with(changes: Mapping[str, bytes | None]) -> Finding:
    return finding_of(repacked(pt2_bytes(), changes), NAME)


def program() -> Any:
    return json.loads(members(pt2_bytes())[MODEL])


def finding_of_program(changed: Any) -> Finding:
    return finding_with({MODEL: json.dumps(changed).encode()})


def assert_blocked(finding: Finding, code: str) -> None:
    assert (finding.status, finding.code) == (Status.BLOCKED, code)
    assert NAME in finding.message


def test_a_real_archive_is_accepted_with_its_facts() -> None:
    finding = finding_of(pt2_bytes(), NAME)

    assert (finding.status, finding.code, finding.format) == ("accepted", "", "torch_export")
    assert finding.facts["inputs"] == [{"name": "x", "dtype": "float32", "shape": [-1, 3, 16, 16]}]
    assert finding.facts["outputs"][0]["shape"] == [-1, 10]
    assert finding.facts["tensors"] == 9
    assert finding.facts["parameters"] == 3 * 8 * 9 + 8 + 4 * 8 + 1 + 80 + 10
    assert finding.facts["operators"]["aten.conv2d"] == 1
    assert finding.facts["producer"].startswith("torch 2.")


def test_an_archive_packed_anew_is_still_accepted() -> None:
    assert finding_with({}).status is Status.ACCEPTED


def test_a_truncated_archive_is_refused() -> None:
    for cut in cuts(pt2_bytes()):
        assert finding_of(cut, NAME).code == "truncated_file"


def test_bytes_after_or_before_the_archive_are_refused() -> None:
    for content in (pt2_bytes() + b"hidden", b"hidden" + pt2_bytes()):
        assert finding_of(content, NAME).status is Status.REJECTED


def test_bytes_between_the_parts_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (name, content) in enumerate(members(pt2_bytes()).items()):
            if number == 2:
                buffer.write(b"hidden")
                archive.start_dir = buffer.tell()
            archive.writestr(name, content)

    finding = finding_of(buffer.getvalue(), NAME)

    assert (finding.status, finding.code) == ("rejected", "invalid_file")


@pytest.mark.parametrize("wrapped", [True, False], ids=["torch archive", "plain"])
def test_sample_inputs_that_run_code_are_blocked(wrapped: bool, tmp_path: Path) -> None:  # noqa: FBT001
    tripwire = tmp_path / "tripwire"

    class Hostile:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tripwire}",)

    content = pickle.dumps(Hostile())
    if wrapped:
        inner = members(pt2_bytes())[SAMPLES]
        name = next(name for name in members(inner) if name.endswith("data.pkl"))
        content = repacked(inner, {name: content})

    finding = finding_with({SAMPLES: content})

    assert finding.status is not Status.ACCEPTED
    assert not wrapped or finding.code == "holds_pickle"
    assert not wrapped or "posix.system" in finding.facts["globals"]
    assert not tripwire.exists()


def test_an_archive_without_sample_inputs_is_accepted() -> None:
    assert finding_with({SAMPLES: b""}).status is Status.ACCEPTED


def test_a_pickled_weight_is_blocked() -> None:
    table = json.loads(members(pt2_bytes())[WEIGHTS])
    first = next(iter(table["config"].values()))
    first["use_pickle"] = True
    weight = f"{ROOT}/data/weights/{first['path_name']}"

    said = {WEIGHTS: json.dumps(table).encode()}
    done = {weight: state_dict_bytes()}

    for changes in (said, done, said | done):
        assert_blocked(finding_with(changes), "holds_pickle")


@pytest.mark.parametrize(
    "name", ["constants/custom_obj_0", "constants/model.pt", "weights/model.pt"]
)
def test_objects_and_old_weights_are_blocked(name: str) -> None:
    assert_blocked(finding_with({f"{ROOT}/data/{name}": b"anything"}), "holds_pickle")


def test_compiled_code_is_blocked() -> None:
    code = {f"{ROOT}/data/aotinductor/model/kernel.so": b"\x7fELF"}

    assert_blocked(finding_with(code), "holds_code")


def test_a_member_that_does_not_belong_is_refused() -> None:
    for name in ("data/other/file", "run.py", "models/sub/model.json"):
        assert finding_with({f"{ROOT}/{name}": b"x"}).code == "invalid_file"


@pytest.mark.parametrize(
    "target",
    [
        "torch.load",
        "torch.hub.load_state_dict_from_url",
        "torch.ops.load_library",
        "torch.ops.aten.from_file.default",
        "torch.ops.mine.run.default",
        "torch.ops.aten.__class__.__base__",
        "torch.ops.higher_order.triton_kernel_wrapper_mutation",
        "_operator.attrgetter",
        "_operator.call",
        "math.__loader__.load_module",
        "#extension:run",
        "os.system",
    ],
)
def test_an_operator_that_reaches_out_is_blocked(target: str) -> None:
    changed = program()
    changed["graph_module"]["graph"]["nodes"][0]["target"] = target

    finding = finding_of_program(changed)

    assert_blocked(finding, "holds_code")
    assert target in finding.message


def test_an_operator_hidden_in_a_branch_is_blocked() -> None:
    changed = program()
    branch = {"as_graph": {"graph": {"nodes": [{"target": "torch.load"}]}}}
    changed["graph_module"]["graph"]["nodes"][0]["inputs"].append({"arg": branch})

    assert_blocked(finding_of_program(changed), "holds_code")


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "().__class__.__base__",
        "sympify('x')",
        "Symbol('s0; import os')",
        "(lambda: 1)()",
        "[s for s in (1,)]",
        "f'{s0}'",
        "s0 if s0 else 1",
        "Symbol",
        "1 +",
        "s0" + " + 1" * 2000,
    ],
)
def test_a_size_that_is_more_than_arithmetic_is_blocked(expression: str) -> None:
    changed = program()
    sizes = changed["graph_module"]["graph"]["tensor_values"]["x"]["sizes"]
    sizes[0] = {"as_expr": {"expr_str": expression}}
    changed["guards_code"] = [expression]

    finding = finding_of_program(changed)

    if expression == "Symbol":
        assert finding.status is Status.ACCEPTED
    else:
        assert_blocked(finding, "holds_code")


def test_a_guard_on_the_measures_of_an_input_is_accepted() -> None:
    changed = program()
    changed["guards_code"] = ["2 <= L['x'].size()[0] and L['x'].size()[0] % 2 == 0"]

    assert finding_of_program(changed).status is Status.ACCEPTED


def test_a_weight_shorter_than_promised_is_refused() -> None:
    table = json.loads(members(pt2_bytes())[WEIGHTS])
    path = table["config"]["conv.weight"]["path_name"]

    finding = finding_with({f"{ROOT}/data/weights/{path}": bytes(8)})

    assert (finding.status, finding.code) == ("rejected", "truncated_file")
    assert finding_with({f"{ROOT}/data/weights/{path}": None}).code == "truncated_file"


def test_an_archive_of_an_old_torch_is_blocked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("version", "5")
        archive.writestr("serialized_exported_program.json", "{}")
        archive.writestr("serialized_state_dict.pt", state_dict_bytes())

    assert_blocked(finding_of(buffer.getvalue(), NAME), "holds_pickle")


def test_changed_bytes_never_break_the_reader() -> None:
    content = pt2_bytes()
    directory = len(content) - 2000
    verdicts = [
        finding_of(changed, NAME) for changed in mutations(content, 60, within=len(content))
    ]
    tail = content[:directory], content[directory:]
    verdicts += [
        finding_of(tail[0] + changed, NAME) for changed in mutations(tail[1], 120, within=2000)
    ]

    assert all(finding.code or finding.status is Status.ACCEPTED for finding in verdicts)
    assert sum(finding.status is Status.REJECTED for finding in verdicts) > 60
