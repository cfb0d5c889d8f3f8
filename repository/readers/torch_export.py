"""torch.export archives (.pt2).

Opening one is not harmless by itself, whatever its name promises. In torch 2.13
`torch.export.load` unpickles the sample inputs (first with an allow-list, then without one), what
was saved with `use_pickle`, and custom objects; it evaluates the symbolic sizes and the guards as
Python; and it looks operators up by name anywhere under `torch`. So an archive is accepted only
when none of these can do more than tensors and arithmetic: weights and constants are raw bytes,
the sample inputs name nothing but what plain tensors need, operators are of the known libraries.
It is still opened nowhere but in the sandbox.
"""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from math import prod
from typing import Any

from repository.readers.archives import Archive
from repository.readers.expressions import is_arithmetic
from repository.readers.finding import Blocked, Code, invalid, printable, tensor_fact, truncated
from repository.readers.pickles import READ_BYTES, blocked_pickle, holds_pickle
from repository.readers.sample_inputs import check_sample_inputs

MOST_JSON = 64 * 2**20
HEAD_BYTES = 64 * 2**10
MOST_LISTED = 64
RAW_FOLDERS = ("data/weights/", "data/constants/")
SAMPLE_INPUTS = "data/sample_inputs/"
PLAIN = re.compile(
    r"archive_format|archive_version|byteorder|\.data/(version|serialization_id)|\.format_version"
    r"|\.storage_alignment|version|models/[\w.-]+\.json|extra/[\w.-]+"
)
OPERATOR = re.compile(
    r"torch\.ops\.(aten|prims|prim|quantized|quantized_decomposed)"
    r"\.((?!__)\w+|__i?(and|or|xor|lshift|rshift)__)(\.[A-Za-z]\w*)?"
    r"|torch\.ops\.higher_order\.(cond|while_loop|scan|map_impl|associative_scan|invoke_subgraph"
    r"|wrap_with_set_grad_enabled|wrap_with_autocast)"
    r"|torch\.sym_\w+|math\.\w+"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|pow|neg|pos|abs|eq|ne|lt|le|gt|ge"
    r"|and_|or_|xor|not_|invert|getitem|index)"
)
# Operators of the known libraries that reach outside the model.
REACHING_OUT = re.compile(r"\.(from_file|_load\w*|_save\w*|open\w*)(\.|$)")
_FUNCTIONS = (
    "Symbol Integer Float Rational Add Mul Pow Max Min Mod Abs And Or Not Eq Ne Lt Le Gt Ge "
    "FloorDiv ModularIndexing Where PythonMod CleanDiv CeilToInt FloorToInt CeilDiv LShift RShift "
    "PowByNatural FloatPow FloatTrueDiv IntTrueDiv TruncToFloat TruncToInt RoundToInt "
    "RoundDecimal ToFloat Identity IsNonOverlappingAndDenseIndicator"
)
SYMBOLIC = frozenset(_FUNCTIONS.split())
GUARD_METHODS = frozenset({"size", "stride", "storage_offset", "dim"})
# torch._export.serde.schema.ScalarType: NumPy's name and bytes of one element.
DTYPES = {
    1: ("uint8", 1),
    2: ("int8", 1),
    3: ("int16", 2),
    4: ("int32", 4),
    5: ("int64", 8),
    6: ("float16", 2),
    7: ("float32", 4),
    8: ("float64", 8),
    9: ("complex32", 4),
    10: ("complex64", 8),
    11: ("complex128", 16),
    12: ("bool", 1),
    13: ("bfloat16", 2),
    28: ("uint16", 2),
    29: ("float8_e4m3fn", 1),
    30: ("float8_e5m2", 1),
    31: ("float8_e4m3fnuz", 1),
    32: ("float8_e5m2fnuz", 1),
}


def read_torch_export(archive: Archive) -> dict[str, Any]:
    """Return the facts of an archive that calculates and does nothing else."""
    members = _by_inner_name(archive)
    if archive.read(members["archive_format"], 16) != b"pt2":
        raise invalid("it calls itself an archive of a format that is not known")
    for inner, name in members.items():
        _check_member(archive, inner, name)
    models = [name for inner, name in members.items() if inner.startswith("models/")]
    if len(models) != 1:
        raise invalid("it holds no model, or several")
    parameters = tensors = 0
    for inner, name in members.items():
        if inner.startswith(RAW_FOLDERS) and inner.endswith("_config.json"):
            count, elements = _check_config(archive, members, inner, name)
            tensors += count
            parameters += elements if inner.startswith("data/weights/") else 0
    facts = _read_program(_json(archive, models[0]))
    return {**facts, "parameters": parameters, "tensors": tensors}


def _by_inner_name(archive: Archive) -> dict[str, str]:
    roots = {name.partition("/")[0] for name in archive.names()}
    if len(roots) != 1:
        raise invalid("its parts do not lie in one folder")
    return {name.partition("/")[2]: name for name in archive.names()}


def _check_member(archive: Archive, inner: str, name: str) -> None:
    if PLAIN.fullmatch(inner):
        return
    if inner.startswith("data/aotinductor/"):
        raise Blocked(
            Code.CODE,
            "holds compiled code, which is kept but never run. Save the model with "
            "torch.export.save and upload that.",
        )
    if inner.startswith(SAMPLE_INPUTS):
        with archive.open(name) as member:
            check_sample_inputs(member)
    elif not inner.startswith(RAW_FOLDERS):
        raise invalid(f"'{printable(inner, 60)}' does not belong into it")
    elif _is_pickled(inner, archive.read(name, HEAD_BYTES)):
        raise blocked_pickle(archive.read(name, READ_BYTES))


def _is_pickled(inner: str, content: bytes) -> bool:
    file = inner.rpartition("/")[2]
    if file.startswith(("custom_obj_", "opaque_obj_")) or file.endswith((".pt", ".pkl")):
        return True
    return content.startswith(b"PK\x03\x04") or holds_pickle(content, raw_numbers=True)


def _check_config(
    archive: Archive, members: dict[str, str], inner: str, name: str
) -> tuple[int, int]:
    """Check that each tensor named in a table lies in the archive, raw and large enough."""
    folder = inner.rpartition("/")[0]
    table = _json(archive, name)["config"]
    elements = 0
    for entry in table.values():
        member = members.get(f"{folder}/{entry['path_name']}")
        if member is None:
            raise truncated("lacks a tensor that it promises")
        if entry["use_pickle"] or entry["tensor_meta"] is None:
            raise blocked_pickle(archive.read(member, READ_BYTES))
        elements += _check_tensor(entry["tensor_meta"], archive.members[member])
    return len(table), elements


def _check_tensor(meta: dict[str, Any], member: zipfile.ZipInfo) -> int:
    if meta["dtype"] not in DTYPES:
        raise invalid("a tensor has a type that is not known")
    sizes = [_whole(size) for size in meta["sizes"]]
    strides = [_whole(stride) for stride in meta["strides"]]
    if len(sizes) != len(strides):
        raise invalid("a tensor has not one stride for each size")
    count = prod(sizes)
    reach = sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    last = _whole(meta["storage_offset"]) + reach + 1
    if count and last * DTYPES[meta["dtype"]][1] > member.file_size:
        raise truncated("holds less of a tensor than it promises")
    return count


def _whole(size: dict[str, Any]) -> int:
    value = size["as_int"]
    if type(value) is not int or value < 0:
        raise invalid("a tensor has a size that is not a whole number")
    return value


def _json(archive: Archive, name: str) -> Any:
    return json.loads(archive.read_whole(name, MOST_JSON))


def _read_program(program: dict[str, Any]) -> dict[str, Any]:
    graph = program["graph_module"]["graph"]
    for guard in program.get("guards_code") or []:
        _check_expression(guard)
    operators: Counter[str] = Counter()
    for key, value in _entries(program["graph_module"]):
        if key == "expr_str":
            _check_expression(value)
        elif key == "target":
            _check_operator(value)
            operators[value.removeprefix("torch.ops.").removesuffix(".default")] += 1
    values = graph["tensor_values"]
    signature = program["graph_module"]["signature"]
    return {
        "producer": f"torch {printable(str(program.get('torch_version', '')), 40)}".strip(),
        "opset": program["opset_version"].get("aten", 0),
        "inputs": _described(signature["input_specs"], "user_input", values),
        "outputs": _described(signature["output_specs"], "user_output", values),
        "operators": dict(operators.most_common(200)),
        "node_count": operators.total(),
    }


def _check_operator(target: str) -> None:
    if not OPERATOR.fullmatch(target) or REACHING_OUT.search(target):
        raise Blocked(
            Code.CODE,
            f"calls '{printable(target, 80)}', which may do more than calculate, so it is kept "
            "but never used. Export the model with operators of PyTorch only.",
        )


def _check_expression(text: str) -> None:
    if not is_arithmetic(text, functions=SYMBOLIC, methods=GUARD_METHODS):
        raise Blocked(
            Code.CODE,
            f"holds an expression that is more than arithmetic: '{printable(text, 80)}', so it is "
            "kept but never used. Export the model again with fixed or simple sizes.",
        )


def _entries(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of all tables, however deep."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield from part.items()
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _described(specs: list[Any], kind: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    names = [
        spec[kind]["arg"]["as_tensor"]["name"]
        for spec in specs
        if kind in spec and "as_tensor" in spec[kind]["arg"]
    ]
    return [_tensor(name, values[name]) for name in names[:MOST_LISTED]]


def _tensor(name: str, meta: dict[str, Any]) -> dict[str, Any]:
    shape = [size.get("as_int", -1) for size in meta["sizes"]]
    return tensor_fact(name, DTYPES[meta["dtype"]][0], shape)
