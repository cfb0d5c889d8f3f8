from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"

    def ready(self) -> None:
        # The OpenAPI extensions, and who notes each sign-in, register themselves when read.
        import portal.accounts.proof  # noqa: PLC0415
        import portal.accounts.schema  # noqa: F401, PLC0415
