"""What is trained for the demo, and for how long: two classifiers and a detector."""

from __future__ import annotations

from dataclasses import dataclass

from ondol_runner.protocol import InputSpec, Usage

LABELS = [str(digit) for digit in range(10)]


@dataclass(frozen=True)
class ClassifierRecipe:
    """One classifier of 3x32x32 digits."""

    name: str
    summary: str
    intro_ko: str
    intro_en: str
    config: dict[str, object]
    epochs: int
    batch: int = 64
    rate: float = 4e-3
    seed: int = 1


@dataclass(frozen=True)
class DetectorRecipe:
    """The detector of digits in scenes of 3x128x128."""

    name: str
    summary: str
    config: dict[str, object]
    epochs: int
    scenes: int
    selection_scenes: int = 100
    held_out_scenes: int = 200
    batch: int = 16
    rate: float = 3e-3
    seed: int = 1


@dataclass(frozen=True)
class Recipes:
    classifiers: tuple[ClassifierRecipe, ...]
    detector: DetectorRecipe


RECIPES = Recipes(
    classifiers=(
        ClassifierRecipe(
            name="digit-resnet",
            summary="손글씨 숫자 한 개를 읽는 작은 ResNet · A small ResNet that reads a digit",
            intro_ko="손으로 쓴 숫자 한 개를 읽는 작은 ResNet입니다.",
            intro_en="A small ResNet that reads one handwritten digit.",
            config={
                "architecture": "resnet_small",
                "num_classes": 10,
                "in_channels": 3,
                "widths": [32, 64, 128],
                "depths": [1, 1, 1],
            },
            epochs=10,
        ),
        ClassifierRecipe(
            name="digit-mobilenet",
            summary="손글씨 숫자 한 개를 읽는 MobileNetV3-Small · Reads a digit with little work",
            intro_ko="손으로 쓴 숫자 한 개를 적은 계산으로 읽는 MobileNetV3-Small입니다.",
            intro_en="A MobileNetV3-Small that reads one handwritten digit with little computing.",
            config={
                "architecture": "mobilenet_v3_small",
                "num_classes": 10,
                "in_channels": 3,
                "stem_stride": 1,
            },
            epochs=16,
        ),
    ),
    detector=DetectorRecipe(
        name="digit-scenes",
        summary="사진 속 숫자를 찾아 읽는 검출기 · A detector that finds and reads digits",
        config={
            "architecture": "digit_detector",
            "num_classes": 10,
            "in_channels": 3,
            "image_size": 128,
            "half_width": 16,
            "quarter_width": 32,
            "eighth_width": 64,
        },
        epochs=4,
        scenes=2500,
    ),
)


@dataclass(frozen=True)
class Scaling:
    """How raw pixels become what a network takes; one gray level for all channels."""

    mean: float
    std: float

    def usage(self, size: int, output: str) -> Usage:
        image = InputSpec(
            name="image",
            shape=[-1, 3, size, size],
            divide_by=255.0,
            mean=[self.mean] * 3,
            std=[self.std] * 3,
        )
        return Usage(inputs=[image], labels=LABELS, output=output)


CLASSIFIER_SCALING = Scaling(mean=0.3, std=0.35)
DETECTOR_SCALING = Scaling(mean=0.45, std=0.25)
CLASSIFIER_USAGE = CLASSIFIER_SCALING.usage(32, "logits")
DETECTOR_USAGE = DETECTOR_SCALING.usage(128, "boxes_and_scores")
