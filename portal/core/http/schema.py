"""How the OpenAPI document names things, and whom it says may call."""

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema


class NamedSchema(AutoSchema):
    """Name operations by view and method, as in `model_list_get`: short in generated clients."""

    def get_operation_id(self) -> str:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self.view).__name__).lower()
        return f"{name}_{self.method.lower()}"

    def get_tags(self) -> list[str]:
        parts = self.path.removeprefix("/api/v1/").split("/")
        return [parts[0]]

    def get_auth(self) -> list[dict[str, Any]]:
        """Say of what is public that it is read without signing in, too."""
        auths: list[dict[str, Any]] = super().get_auth()
        reads = self.method == "GET" and getattr(self.view, "open_to_read", False)
        return [*auths, {}] if reads else auths
