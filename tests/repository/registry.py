"""Making models with files by the API, as tests of several endpoints need them."""

import base64
import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from portal.accounts.models import User
from repository.models import Inspection, UploadSession
from repository.readers.reading import read_file
from repository.services.blobs import adopt_file
from repository.services.uploads import STATE_OF, part_path, start_upload

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def onnx_bytes() -> bytes:
    """Return a model of one matrix product."""
    weight = numpy_helper.from_array(np.ones((2, 4), dtype=np.float32), "w")
    node = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2])
    graph = helper.make_graph([node], "one", [x], [y], [weight])
    opset = [helper.make_opsetid("", 17)]
    buffer = io.BytesIO()
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), buffer)
    return buffer.getvalue()


def open_upload(client: httpx.Client, name: str, size: int) -> httpx.Response:
    named = base64.b64encode(name.encode()).decode()
    headers = {"Upload-Length": str(size), "Upload-Metadata": f"filename {named}".strip()}
    return client.post("/uploads", headers=headers)


def send(client: httpx.Client, upload_id: str, offset: int, part: bytes) -> httpx.Response:
    headers = {
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    return client.patch(f"/uploads/{upload_id}", content=part, headers=headers)


def upload(client: httpx.Client, name: str, content: bytes) -> dict[str, Any]:
    """Upload a whole file and return what the server found it to be."""
    opened = open_upload(client, name, len(content))
    upload_id = opened.headers["Location"].rpartition("/")[2]
    assert send(client, upload_id, 0, content).status_code == 204
    found: dict[str, Any] = client.get(f"/uploads/{upload_id}").json()
    return found


def received(user: User, name: str, content: bytes) -> UploadSession:
    """Return an upload that came whole, looked at by the reader in this process."""
    upload = start_upload(user, filename=name, size_bytes=len(content))
    path = part_path(upload)
    path.write_bytes(content)
    finding = read_file(path, name)
    blob = adopt_file(path)
    Inspection.objects.get_or_create(
        blob=blob,
        extension=Path(name).suffix.lower(),
        defaults={
            "status": finding.status,
            "code": finding.code,
            "message": finding.message,
            "format": finding.format,
            "facts": finding.facts,
        },
    )
    upload.blob, upload.state = blob, STATE_OF[finding.status]
    upload.save()
    return upload


def commit_received(
    client: httpx.Client, user: User, model: str, files: dict[str, bytes], **fields: Any
) -> httpx.Response:
    """Commit files without sending their bytes over the network first."""
    new = [
        {"path": path, "upload_id": received(user, path.rpartition("/")[2], content).pk}
        for path, content in files.items()
    ]
    return client.post(f"/models/{model}/commits", json={"message": "m", "files": new, **fields})


def register(client: httpx.Client, owner: str, name: str, **fields: Any) -> httpx.Response:
    body = {"owner": owner, "name": name, "service_type": "image-classification", **fields}
    return client.post("/models", json=body)


def commit(
    client: httpx.Client, model: str, files: dict[str, bytes], **fields: Any
) -> httpx.Response:
    new = [
        {"path": path, "upload_id": upload(client, path.rpartition("/")[2], content)["id"]}
        for path, content in files.items()
    ]
    return client.post(f"/models/{model}/commits", json={"message": "m", "files": new, **fields})
