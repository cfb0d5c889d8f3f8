"""What people do with the libraries above `huggingface_hub`."""

import json
import pathlib
import sys
import tempfile
from typing import Any

import torch
from torch import library

# The wheel of torchvision lacks its operators beside a PyTorch for CPUs, and fails for these two.
if torch.version.cuda is None:
    operators = library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import timm
from huggingface_hub import HfApi, ModelCard
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
)

seen: dict[str, Any] = {}
api = HfApi()
small = BertConfig(
    vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
)
model = BertForSequenceClassification(small).eval()
model.push_to_hub("olga/tiny-bert")
again = AutoModelForSequenceClassification.from_pretrained("olga/tiny-bert").eval()
words = torch.tensor([[1, 2, 3]])
with torch.no_grad():
    seen["same"] = torch.allclose(model(words).logits, again(words).logits)
sha = api.model_info("olga/tiny-bert").sha
api.create_tag("olga/tiny-bert", tag="1.0")
seen["pinned"] = AutoConfig.from_pretrained("olga/tiny-bert", revision="1.0").hidden_size
seen["same commit"] = api.model_info("olga/tiny-bert", revision="1.0").sha == sha

card = ModelCard("---\nlicense: mit\ntags: [context:night]\n---\n# Tiny\n")
card.push_to_hub("olga/tiny-bert")
seen["card"] = ModelCard.load("olga/tiny-bert").data.license
seen["tags"] = api.model_info("olga/tiny-bert").tags

picture = timm.create_model("test_vit", num_classes=3).eval()
timm.models.push_to_hf_hub(picture, "olga/tiny-vit", model_config={"num_classes": 3})
back = timm.create_model("hf-hub:olga/tiny-vit", pretrained=True).eval()
pixels = torch.zeros(1, 3, *picture.pretrained_cfg["input_size"][1:])
with torch.no_grad():
    seen["same picture"] = torch.allclose(picture(pixels), back(pixels))
with tempfile.TemporaryDirectory() as name:
    files = api.snapshot_download("olga/tiny-vit", local_dir=name)
    seen["files"] = sorted(path.name for path in pathlib.Path(files).iterdir() if path.is_file())
sys.stdout.write(json.dumps(seen) + "\n")
