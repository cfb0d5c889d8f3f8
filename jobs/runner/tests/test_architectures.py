from typing import Any

import pytest
import torch

from ondol_runner.architectures.registry import (
    ARCHITECTURES,
    LARGEST,
    UnknownArchitecture,
    build,
)
from ondol_runner.architectures.settings import BadConfig


def weights_of(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def answer(config: dict[str, object], *shape: int) -> torch.Tensor:
    module = build(config).eval()
    with torch.inference_mode():
        result: torch.Tensor = module(torch.zeros(shape))
    return result


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_architecture_is_built_by_its_name_alone(name: str) -> None:
    module = build({"architecture": name})

    assert weights_of(module) > 0
    assert not any(weight.is_meta for weight in module.state_dict().values())


def test_a_small_resnet_classifies_small_images() -> None:
    config = {"architecture": "resnet_small", "num_classes": 7, "in_channels": 1}

    assert answer(config, 2, 1, 32, 32).shape == (2, 7)


def test_widths_and_depths_shape_a_resnet() -> None:
    small = {"architecture": "resnet_small", "widths": [8, 16], "depths": [1, 1]}
    deep = {**small, "depths": [1, 3]}

    # A block of width 16 has two kernels of 16 x 16 x 9 and two normalizations of 2 x 16.
    assert weights_of(build(deep)) - weights_of(build(small)) == 2 * 2 * (16 * 16 * 9 + 32)


def test_mobilenet_has_as_many_weights_as_the_paper_says() -> None:
    # 2.5 million with 1000 classes.
    assert weights_of(build({"architecture": "mobilenet_v3_small"})) == 2_542_856


def test_the_stem_of_mobilenet_can_keep_the_size() -> None:
    seen = []
    for stride in (1, 2):
        module = build({"architecture": "mobilenet_v3_small", "stem_stride": stride}).eval()
        pool = module.get_submodule("pool")
        pool.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape[-1]))
        module(torch.zeros(1, 3, 64, 64))

    assert seen == [4, 2]


def test_a_detector_gives_a_box_and_scores_for_each_cell() -> None:
    found = answer({"architecture": "digit_detector", "num_classes": 4}, 2, 3, 128, 128)

    assert found.shape == (2, 256, 4 + 4)
    boxes, scores = found[..., :4], found[..., 4:]
    centers = torch.tensor([[4.0, 4.0], [12.0, 4.0]])
    assert (boxes[0, :2, :2] < centers).all()
    assert (boxes[0, :2, 2:] > centers).all()
    assert (scores > 0).all()
    assert (scores < 0.1).all()


def test_a_detector_is_small() -> None:
    assert weights_of(build({"architecture": "digit_detector"})) < 1_000_000


@pytest.mark.parametrize("config", [{}, {"architecture": "resnet_152"}, {"architecture": ["a"]}])
def test_an_unknown_name_is_refused_with_the_known_ones(config: dict[str, object]) -> None:
    with pytest.raises(UnknownArchitecture) as refused:
        build(config)

    assert "Known are: digit_detector, mobilenet_v3_small, resnet_small." in str(refused.value)


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("resnet_small", {"widht": 3}, "has no key 'widht'. It takes: depths, in_channels"),
        ("resnet_small", {"num_classes": "10"}, "'num_classes' has to be a whole number"),
        ("resnet_small", {"num_classes": True}, "'num_classes' has to be a whole number"),
        ("resnet_small", {"num_classes": 10**9}, "from 1 to 10000"),
        ("resnet_small", {"widths": []}, "'widths' has to be a list of 1 to 5 numbers"),
        ("resnet_small", {"widths": 8}, "'widths' has to be a list"),
        ("resnet_small", {"widths": [8, 0, 8]}, "'widths[1]' has to be a whole number"),
        ("resnet_small", {"widths": [8, 16]}, "'widths' has 2 stages and 'depths' 3"),
        ("mobilenet_v3_small", {"stem_stride": 3}, "'stem_stride' has to be a whole number"),
        ("mobilenet_v3_small", {"in_channels": None}, "'in_channels' has to be a whole number"),
        ("digit_detector", {"image_size": 100}, "'image_size' has to be a multiple of 8"),
        ("digit_detector", {"image_size": 10**6}, "from 8 to 2048"),
    ],
)
def test_a_config_out_of_bounds_is_refused_by_key(
    name: str, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadConfig) as refused:
        build({"architecture": name, **changes})

    assert told in str(refused.value)


def test_a_network_beyond_reason_is_refused_before_it_costs_memory() -> None:
    huge = {"architecture": "resnet_small", "widths": [1024] * 5, "depths": [16] * 5}

    with pytest.raises(BadConfig, match=f"at most {LARGEST:,} are built"):
        build(huge)


def test_a_config_that_is_no_object_is_refused() -> None:
    with pytest.raises(BadConfig, match="has to be a JSON object"):
        build(["resnet_small"])  # type: ignore[arg-type]
