from pathlib import Path

import ondol
import pytest
import torch
from ondol import OndolError

from repository.models import AiModel, UsageSpec
from tests.client.conftest import Desk

pytestmark = pytest.mark.django_db(transaction=True)
ABOUT = ondol.About(service_type="image-classification", summary="tiny", labels=["a", "b"])


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.body(pixels)  # type: ignore[no-any-return]


class Moody(torch.nn.Module):
    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels if pixels.sum() > 0 else -pixels


def test_a_live_module_is_exported_here_and_comes_back_the_same(desk: Desk, tmp_path: Path) -> None:
    model = Small().train()
    example = torch.rand(1, 3, 2, 2)
    loader = [(torch.rand(3, 3, 2, 2), torch.zeros(3)) for _ in range(2)]

    ondol.push(model, (example,), "olga/live", ["night"], calibration=loader, about=ABOUT)

    assert model.training
    made = AiModel.objects.get(name="live")
    assert [context.slug for context in made.contexts.all()] == ["night"]
    usage = UsageSpec.objects.get(revision__ai_model=made)
    assert usage.inputs[0]["shape"] == [-1, 3, 2, 2]
    assert usage.labels == ["a", "b"]
    names = {file.path for file in usage.revision.files.all()}
    assert names == {"model.pt2", "README.md", "calibration.safetensors"}
    (path,) = desk.client.pull("olga/live", tmp_path, artifact="torch_export")
    program = torch.export.load(path)
    assert torch.equal(program.module()(example), model.eval()(example))


def test_a_module_needs_nothing_but_its_inputs_and_a_name(desk: Desk) -> None:
    ondol.push(Small(), (torch.rand(1, 3, 2, 2),), "olga/bare")

    assert AiModel.objects.get(name="bare").service_type.slug == "unsorted"


def test_a_module_that_cannot_be_exported_is_refused_before_anything_is_sent(desk: Desk) -> None:
    with pytest.raises(OndolError, match=r"torch\.export cannot take this module"):
        ondol.push(Moody(), (torch.rand(1, 3),), "olga/moody", about=ABOUT)
    assert not AiModel.objects.exists()
