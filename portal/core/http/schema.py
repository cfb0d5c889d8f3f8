"""How the OpenAPI document names things."""

import re

from drf_spectacular.openapi import AutoSchema


class NamedSchema(AutoSchema):
    """Name operations by view and method, as in `model_list_get`: short in generated clients."""

    def get_operation_id(self) -> str:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self.view).__name__).lower()
        return f"{name}_{self.method.lower()}"

    def get_tags(self) -> list[str]:
        parts = self.path.removeprefix("/api/v1/").split("/")
        return [parts[0]]
