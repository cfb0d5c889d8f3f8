from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"

    def ready(self) -> None:
        # The OpenAPI extensions register themselves when their module is read.
        import portal.accounts.schema  # noqa: F401, PLC0415
