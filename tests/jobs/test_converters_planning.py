import subprocess
import sys

import pytest

from jobs.converters.base import Converter, Form
from jobs.converters.planning import NoRoute, plan, reachable
from jobs.converters.registry import CONVERTERS, UnknownConverter, find, load

PYTORCH = Form("pytorch", "fp32")
ONNX = Form("onnx", "fp32")
INT8 = Form("onnx", "int8")
OPENVINO = Form("openvino", "fp32")


def names(route: list[Converter]) -> list[str]:
    return [converter.name for converter in route]


def test_a_route_leads_over_the_forms_in_between() -> None:
    assert names(plan([PYTORCH], INT8)) == ["pytorch_to_onnx", "onnx_to_onnx_int8"]


def test_an_onnx_file_that_is_there_already_is_where_the_route_begins() -> None:
    assert names(plan([PYTORCH, ONNX], OPENVINO)) == ["onnx_to_openvino"]


def test_a_form_that_is_there_already_needs_no_step() -> None:
    assert plan([PYTORCH, ONNX], ONNX) == []


def test_the_shortest_of_two_routes_is_taken_and_circles_end() -> None:
    a, b, c = Form("a", "fp32"), Form("b", "fp32"), Form("c", "fp32")
    steps = [Converter("ab", a, b), Converter("ba", b, a), Converter("bc", b, c)]

    assert names(plan([a], c, steps)) == ["ab", "bc"]
    assert names(plan([a], c, [*steps, Converter("ac", a, c)])) == ["ac"]


def test_no_route_is_refused_with_what_can_be_reached() -> None:
    with pytest.raises(NoRoute) as refusal:
        plan([PYTORCH], Form("tflite", "fp32"))

    assert str(refusal.value) == (
        "No conversion leads from pytorch fp32 to tflite fp32. "
        "What can be reached: onnx fp32, onnx int8, openvino fp32."
    )


def test_integers_are_not_a_way_back_to_floats() -> None:
    with pytest.raises(NoRoute, match="What can be reached: nothing"):
        plan([INT8], OPENVINO)


def test_what_can_be_reached_is_listed_near_first_and_without_the_source() -> None:
    forms = {form: names(route) for form, route in reachable(PYTORCH)}

    assert list(forms) == [ONNX, INT8, OPENVINO]
    assert forms[INT8] == ["pytorch_to_onnx", "onnx_to_onnx_int8"]


def test_only_quantization_asks_for_samples() -> None:
    assert [step.name for step in CONVERTERS if step.needs_calibration] == ["onnx_to_onnx_int8"]


@pytest.mark.parametrize("converter", CONVERTERS, ids=lambda converter: converter.name)
def test_every_converter_has_its_file_with_tools_and_options_that_need_not_be_given(
    converter: Converter,
) -> None:
    conversion = load(converter)

    assert all(conversion.tools().values())
    assert conversion.options() == conversion.options()


def test_a_step_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownConverter, match="There are: pytorch_to_onnx"):
        find("onnx_to_gold")


def test_planning_imports_no_engine_and_no_django() -> None:
    heavy = "{'torch', 'onnx', 'onnxruntime', 'openvino', 'django'}"
    code = f"import sys, jobs.converters.planning; print(sorted({heavy} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
